package org.memo.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.memo.UserInputException;

@Isolated("system properties are the whole process's")
class CudaOptionsTest {
  @AfterEach
  void clearTheProperties() {
    System.clearProperty(CudaOptions.SYNC);
    System.clearProperty(CudaOptions.ATTENTION);
  }

  @Test
  void nothingIsOnUnlessSaid() {
    CudaOptions options = CudaOptions.ofEnvironment(1);
    assertEquals(1, options.ordinal());
    assertFalse(options.synchronous());
    assertFalse(options.nondeterministicAttention());
    assertFalse(options.tunedProducts());
    assertEquals(Optional.empty(), options.attentionEngine());
  }

  @Test
  void settingsAreRead() {
    System.setProperty(CudaOptions.SYNC, "1");
    System.setProperty(CudaOptions.ATTENTION, "cuDNN");
    CudaOptions options = CudaOptions.ofEnvironment(0);
    assertTrue(options.synchronous());
    assertEquals(Optional.of("cuDNN"), options.attentionEngine());
  }

  @Test
  void anEngineIsNamedByTheStartOfItsName() {
    CudaOptions options = CudaOptions.ofEnvironment(0).withAttentionEngine("memo");
    assertTrue(options.mayUse("memo flash"));
    assertFalse(options.mayUse("cuDNN"));
    assertTrue(options.withAttentionEngine("cuDNN 9.24").mayUse("cuDNN"));
    assertTrue(CudaOptions.ofEnvironment(0).mayUse("cuDNN"));
  }

  @Test
  void aSwitchThatIsNeitherOnNorOffIsRefused() {
    System.setProperty(CudaOptions.SYNC, "maybe");
    String message =
        assertThrows(UserInputException.class, () -> CudaOptions.ofEnvironment(0)).getMessage();
    assertEquals("MEMO_CUDA_SYNC is \"maybe\"; valid are 0 and 1", message);
  }

  @Test
  void anAttentionEngineThatThereIsNotIsRefusedWithThoseThatThereAre() {
    System.setProperty(CudaOptions.ATTENTION, "flash");
    String message =
        assertThrows(UserInputException.class, () -> CudaOptions.ofEnvironment(0)).getMessage();
    assertEquals(
        "MEMO_CUDA_ATTENTION is \"flash\"; valid is the start of \"memo flash\" or of \"cuDNN\"",
        message);
  }

  @Test
  void anEmptyNameOfAnEngineIsNone() {
    System.setProperty(CudaOptions.ATTENTION, "");
    assertEquals(Optional.empty(), CudaOptions.ofEnvironment(0).attentionEngine());
  }
}
