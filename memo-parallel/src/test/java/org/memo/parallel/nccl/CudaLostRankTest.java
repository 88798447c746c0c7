package org.memo.parallel.nccl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.memo.collective.Collectives;
import org.memo.collective.LostRankException;
import org.memo.device.DeviceException;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.device.cuda.CudaDevice;
import org.memo.device.cuda.Gpus;
import org.memo.op.AllReduce;
import org.memo.parallel.InProcessRanks;
import org.memo.planner.cost.ElementType;

/** One rank fails, stays away or loses its connections: no GPU and no thread waits for ever. */
@Tag("cuda")
@Timeout(60)
class CudaLostRankTest {
  private static final Duration LONG = Duration.ofSeconds(50);
  private static final int RANKS = 3;

  /** Of the emulation, which has more functions than CUDA's. */
  private static final Path RUNTIME =
      Path.of(System.getProperty("MEMO_CUDA_LIBRARIES", ""), "libcudart.so.13");

  private final Map<Integer, LostRankException> told = new ConcurrentHashMap<>();

  @BeforeEach
  void requireGpus() {
    Assumptions.assumeTrue(Gpus.count() >= RANKS, "too few GPUs");
  }

  @Test
  void aRankThatFailsEndsTheOthersWhoAreToldWhichAndWhy() {
    requireLost(
        ArithmeticException.class,
        LONG,
        (collectives, device, stream) -> {
          reduce(stream);
          failOnRankOne(collectives);
          noteLoss(collectives, stream);
        });
    for (LostRankException loss : told.values()) {
      assertEquals(1, loss.rank());
      assertTrue(
          loss.getMessage().startsWith("rank 1 failed: out of luck; its last collective was"),
          loss.getMessage());
      assertTrue(loss.getMessage().contains("on stream compute, ended"), loss.getMessage());
    }
  }

  @Test
  void collectivesOfSeveralStreamsAreEndedTogether() {
    requireLost(
        ArithmeticException.class,
        LONG,
        (collectives, device, stream) -> {
          Stream other = device.createStream("reduce");
          reduce(stream);
          reduce(other);
          failOnRankOne(collectives);
          other.submit(new AllReduce(new DeviceRegion(4096, 4096), ElementType.F32, RANKS));
          noteLoss(collectives, stream);
        });
  }

  /** The communicators are aborted by then. */
  @Test
  void aCallThatComesAfterTheLossIsToldOfIt() {
    requireLost(
        ArithmeticException.class,
        LONG,
        (collectives, device, stream) -> {
          reduce(stream);
          failOnRankOne(collectives);
          awaitLoss((NcclControl) collectives);
          noteLoss(collectives, stream);
        });
  }

  private static void awaitLoss(NcclControl control) throws InterruptedException {
    boolean whole = true;
    while (whole) {
      try {
        control.requireWhole();
        Thread.sleep(10);
      } catch (LostRankException lost) {
        whole = false;
      }
    }
    Thread.sleep(500); // until the watch has looked
  }

  @Test
  void aRankThatStaysAwayIsNamed() {
    CountDownLatch others = new CountDownLatch(RANKS - 1);
    requireLost(
        DeviceException.class,
        Duration.ofSeconds(2),
        (collectives, device, stream) -> {
          reduce(stream);
          if (collectives.rank() == 2) {
            others.await();
            return;
          }
          try {
            noteLoss(collectives, stream);
          } finally {
            others.countDown();
          }
        });
    for (LostRankException loss : told.values()) {
      assertEquals(2, loss.rank());
      assertTrue(
          loss.getMessage()
              .startsWith("rank 2 did not come to the search for a late rank within 1.0 s"),
          loss.getMessage());
    }
  }

  @Test
  void whatNcclLosesIsARankThatIsLost() {
    Assumptions.assumeTrue(Files.exists(RUNTIME), "this is not the emulation");
    DeviceException thrown =
        requireLost(
            DeviceException.class,
            LONG,
            (collectives, device, stream) -> {
              reduce(stream);
              if (collectives.rank() == 0) {
                loseConnections("ncclCommGetAsyncError");
              } else {
                noteLoss(collectives, stream);
                return;
              }
              while (true) {
                stream.synchronize();
              }
            });
    assertTrue(thrown.getMessage().contains("ncclRemoteError"), thrown.getMessage());
  }

  /** A rank ends between the others' agreement on a communicator and their connection. */
  @Test
  void aConnectionThatFailsIsToldAsTheLossBehindIt() {
    Assumptions.assumeTrue(Files.exists(RUNTIME), "this is not the emulation");
    requireLost(
        ArithmeticException.class,
        LONG,
        (collectives, device, stream) -> {
          if (collectives.rank() == 1) {
            loseConnections("ncclCommInitRankConfig");
            String agreement = "the NCCL id of stream compute, %d ranks".formatted(RANKS);
            collectives.exchange(agreement, new byte[0]);
            Thread.sleep(500); // the others have lost the connection by then
          }
          failOnRankOne(collectives);
          noteLoss(collectives, stream);
        });
    told.values().forEach(loss -> assertEquals(1, loss.rank()));
  }

  /** What a rank does with its GPU. */
  @FunctionalInterface
  private interface GpuProgram {
    void run(Collectives collectives, CudaDevice device, Stream compute) throws Exception;
  }

  /** Runs it on all ranks, of which all but one {@linkplain #noteLoss note} that they lost one. */
  private <T extends Throwable> T requireLost(
      Class<T> failure, Duration timeout, GpuProgram program) {
    T thrown =
        assertThrows(
            failure,
            () ->
                InProcessRanks.run(
                    RANKS,
                    timeout,
                    collectives -> {
                      try (CudaDevice device = GpuGroup.open(collectives, 8192, 0)) {
                        program.run(collectives, device, device.createStream("compute"));
                      }
                    }));
    assertEquals(RANKS - 1, told.size());
    return thrown;
  }

  private static void failOnRankOne(Collectives collectives) {
    if (collectives.rank() == 1) {
      throw new ArithmeticException("out of luck");
    }
  }

  /** The next rank that calls the function is told of a lost connection. */
  private static void loseConnections(String function) {
    try (Arena arena = Arena.ofConfined()) {
      int remoteError = 6;
      Linker.nativeLinker()
          .downcallHandle(
              SymbolLookup.libraryLookup(RUNTIME, Arena.global())
                  .find("memo_emulation_inject")
                  .orElseThrow(),
              FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_INT))
          .invoke(arena.allocateFrom(function), 1L, remoteError);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static void reduce(Stream stream) {
    stream.submit(new AllReduce(new DeviceRegion(0, 4096), ElementType.F32, RANKS));
    stream.synchronize();
  }

  /** Reduces with a rank that will not come. */
  private void noteLoss(Collectives collectives, Stream stream) {
    try {
      reduce(stream);
    } catch (DeviceException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof LostRankException lost) {
          told.put(collectives.rank(), lost);
        }
      }
      throw e;
    }
  }
}
