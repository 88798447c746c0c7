package org.memo.bindings.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.memo.bindings.NativeCallException;

class OneDnnObjectsTest {
  @Test
  void anErrorNamesTheCallTheCodeAndTheArguments() {
    NativeCallException e =
        assertThrows(
            NativeCallException.class,
            () -> OneDnnObjects.check("dnnl_primitive_create", 3, "m n", 5, 7L));
    assertEquals("dnnl_primitive_create failed: dnnl_unimplemented (3); m=5 n=7", e.getMessage());
    assertEquals("dnnl_primitive_create", e.call());
    assertEquals(3, e.code());
  }

  @Test
  void aCodeOutsideTheHeaderIsStillAnError() {
    assertEquals("unknown error", OneDnnObjects.statusName(99));
    assertEquals("unknown error", OneDnnObjects.statusName(-1));
  }
}
