package org.memo.bindings.nccl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.memo.bindings.Messages.assertSays;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.memo.bindings.CudaLibraries;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.bindings.cudart.CudaRuntime;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.CudaStreams;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.bindings.nccl.generated.Nccl;
import org.memo.bindings.nccl.generated.ncclConfig_t;

/** What NCCL does without a GPU, on the loopback interface. */
class NcclTest {
  @BeforeAll
  static void requireNcclAndKeepItOffTheNetwork() throws Throwable {
    Optional<String> missing = CudaLibraries.missing("nccl");
    assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
    Linker linker = Linker.nativeLinker();
    MethodHandle setenv =
        linker.downcallHandle(
            linker.defaultLookup().find("setenv").orElseThrow(),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
    try (Arena arena = Arena.ofConfined()) {
      int status =
          (int)
              setenv.invokeExact(
                  arena.allocateFrom("NCCL_SOCKET_IFNAME"), arena.allocateFrom("lo"), 1);
      assertEquals(0, status);
    }
  }

  @Test
  void itsVersionIsTheOneThatWasReported() {
    int version = NcclRuntime.version();
    String text = "%d.%d.%d".formatted(version / 10000, version / 100 % 100, version % 100);
    assertTrue(
        CudaLibraries.report().stream()
            .flatMap(report -> report.loaded().stream())
            .anyMatch(library -> library.name().equals("NCCL") && library.version().equals(text)));
  }

  @Test
  void idsDifferAndTravelAsBytes() {
    NcclUniqueId id = NcclRuntime.newUniqueId();
    assertEquals(128, id.bytes().length);
    assertEquals(id, new NcclUniqueId(id.bytes()));
    assertNotEquals(id, NcclRuntime.newUniqueId());
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new NcclUniqueId(new byte[3]));
    assertSays("an NCCL id has 128 bytes, not 3", e);
  }

  @Test
  void aConfigurationIsFilledAsNcclFillsIt() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment config = new NcclConfig(2, 16, 2).toNative(arena);
      assertEquals(ncclConfig_t.sizeof(), ncclConfig_t.size(config));
      assertEquals(0xcafebeef, ncclConfig_t.magic(config));
      assertEquals(Nccl.NCCL_VERSION_CODE(), ncclConfig_t.version(config));
      assertEquals(1, ncclConfig_t.blocking(config));
      assertEquals(2, ncclConfig_t.minCTAs(config));
      assertEquals(16, ncclConfig_t.maxCTAs(config));
      assertEquals(2, ncclConfig_t.CTAPolicy(config));
      assertEquals(NcclConfig.LIBRARY_CHOOSES, ncclConfig_t.graphStreamOrdering(config));
      assertEquals(MemorySegment.NULL, ncclConfig_t.commName(config));
    }
    assertEquals(NcclConfig.LIBRARY_CHOOSES, Nccl.NCCL_CONFIG_UNDEF_INT());
  }

  @Test
  void errorsHaveTheNamesAndTextsOfNccl() {
    assertEquals("ncclInvalidArgument", NcclStatus.name(Nccl.ncclInvalidArgument()));
    assertEquals("ncclTimeout", NcclStatus.name(Nccl.ncclTimeout()));
    assertTrue(
        NcclStatus.text(Nccl.ncclInvalidArgument()).startsWith("invalid argument"),
        NcclStatus.text(Nccl.ncclInvalidArgument()));
  }

  @Test
  void theLibraryHasEveryFunctionThatIsCalled() {
    assertTrue(
        Stream.of(
                Nccl.ncclAllGather$address(),
                Nccl.ncclReduceScatter$address(),
                Nccl.ncclAllReduce$address(),
                Nccl.ncclBroadcast$address(),
                Nccl.ncclSend$address(),
                Nccl.ncclRecv$address(),
                Nccl.ncclGroupStart$address(),
                Nccl.ncclGroupEnd$address(),
                Nccl.ncclCommInitRankConfig$address(),
                Nccl.ncclCommGetAsyncError$address(),
                Nccl.ncclCommAbort$address(),
                Nccl.ncclCommDestroy$address())
            .allMatch(function -> function.address() != 0));
  }

  @Test
  void aCommunicatorOfOneRankSumsAndSendsToItself() {
    assumeTrue(CudaRuntime.noDevice().isEmpty(), "there is no GPU");
    CudaRuntime.setDevice(0);
    CudaStreamHandle stream = CudaStreams.createStream();
    DeviceAddress floats = CudaMemory.allocate("a test", 64);
    CudaMemory.fill(floats, 0, 64, stream);
    NcclCommunicator communicator =
        new NcclCommunicator(NcclRuntime.newUniqueId(), 1, 0, NcclConfig.defaults());
    communicator.allReduce(floats, 8, NcclType.F32, stream);
    communicator.group(() -> {
      communicator.send(floats, 32, 0, stream);
      communicator.receive(floats.plus(32), 32, 0, stream);
    });
    CudaStreams.synchronize(stream);
    assertTrue(communicator.asynchronousError().isEmpty());
    NcclException e =
        assertThrows(NcclException.class, () -> communicator.broadcast(floats, 32, 7, stream));
    assertSays("ncclBroadcast failed: ncclInvalidArgument (4)", e);
    assertSays("bytes=32 from_rank=7", e);
    communicator.close();
    NcclCommunicator.abort(List.of(communicator));
    assertThrows(
        IllegalStateException.class, () -> communicator.allReduce(floats, 8, NcclType.F32, stream));
    CudaMemory.free(floats);
    CudaStreams.destroy(stream);
  }

  @Test
  void withoutAGpuACommunicatorIsRefusedByName() {
    assumeTrue(CudaRuntime.noDevice().isPresent(), "there is a GPU");
    NcclUniqueId id = NcclRuntime.newUniqueId();
    NativeCallException e =
        assertThrows(
            NativeCallException.class, () -> new NcclCommunicator(id, 1, 0, NcclConfig.defaults()));
    assertSays("ncclCommInitRankConfig failed: ncclUnhandledCudaError (1)", e);
    assertSays("num_ranks=1 rank=0", e);
  }
}
