package org.memo.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.memo.DoesNotFitException;
import org.memo.bindings.cudart.CudaRuntime;
import org.memo.device.HostRegion;

@Tag("cuda")
class RegisteredMemoryTest {
  private static final long PIECE = 1 << 16;

  /** cudaErrorMemoryAllocation. */
  private static final int OUT_OF_MEMORY = 2;

  private final List<String> told = new ArrayList<>();

  @BeforeEach
  void useTheFirstGpu() {
    CudaRuntime.setDevice(0);
  }

  @Test
  void aRegionIsCutWhereItsPiecesEnd() {
    try (RegisteredMemory memory = reserve(3 * PIECE)) {
      List<String> parts = new ArrayList<>();
      long offset = PIECE - 100;
      memory.forEachPiece(
          new HostRegion(offset, PIECE + 300),
          (at, part) -> {
            parts.add(at + "+" + part.byteSize());
            assertEquals(memory.segment().address() + offset + at, part.address());
          });
      assertEquals(List.of("0+100", "100+" + PIECE, (PIECE + 100) + "+200"), parts);
    }
  }

  @Test
  void aRegionWithinAPieceIsWholeAndAnEmptyOneNothing() {
    try (RegisteredMemory memory = reserve(2 * PIECE)) {
      List<Long> sizes = new ArrayList<>();
      memory.forEachPiece(new HostRegion(PIECE, PIECE), (at, part) -> sizes.add(part.byteSize()));
      memory.forEachPiece(new HostRegion(PIECE, 0), (at, part) -> sizes.add(part.byteSize()));
      assertEquals(List.of(PIECE), sizes);
    }
  }

  @Test
  void aRegionBeyondTheEndIsRefused() {
    try (RegisteredMemory memory = reserve(PIECE)) {
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> memory.forEachPiece(new HostRegion(PIECE - 4, 8), (at, part) -> {}));
    }
  }

  @Test
  void eachPieceIsToldAndTheLastMayBeSmaller() {
    try (RegisteredMemory memory = reserve(2 * PIECE + 4096)) {
      assertEquals(3, memory.pieces());
      assertEquals(List.of("65536 of 135168", "131072 of 135168", "135168 of 135168"), told);
      memory.segment().set(ValueLayout.JAVA_BYTE, 2 * PIECE + 4095, (byte) 1);
    }
  }

  @Test
  void whereThePinningFailsTheMessageSaysWhatToRaise() {
    CudaEmulation.assume();
    long unregisteredBefore = CudaEmulation.calls("cudaHostUnregister");
    CudaEmulation.inject("cudaHostRegister", 3, OUT_OF_MEMORY);
    DoesNotFitException refused = assertThrows(DoesNotFitException.class, () -> reserve(4 * PIECE));
    assertEquals(4 * PIECE, refused.neededBytes());
    assertEquals(2 * PIECE, refused.availableBytes());
    String message = refused.getMessage();
    assertTrue(message.contains("of the host pool of 262144 bytes only 131072"), message);
    assertTrue(message.contains("(ulimit -l)"), message);
    assertEquals(2, CudaEmulation.calls("cudaHostUnregister") - unregisteredBefore);
  }

  private RegisteredMemory reserve(long sizeBytes) {
    return new RegisteredMemory(
        sizeBytes, PIECE, OptionalInt.of(0), (pinned, total) -> told.add(pinned + " of " + total));
  }
}
