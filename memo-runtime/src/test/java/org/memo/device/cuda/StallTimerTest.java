package org.memo.device.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.memo.bindings.cudart.CudaEventHandle;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.bindings.cudart.CudaRuntime;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.CudaStreams;
import org.memo.bindings.cudart.DeviceAddress;

@Tag("cuda")
class StallTimerTest {
  private static final long BYTES = 4 << 20;

  private final ClosingStack owned = new ClosingStack();
  private DeviceAddress memory;
  private CudaStreamHandle busy;
  private CudaStreamHandle waiting;
  private CudaEventHandle done;
  private StallTimer timer;

  @BeforeEach
  void openTheGpu() {
    CudaRuntime.setDevice(0);
    memory = CudaMemory.allocate("a test", BYTES);
    owned.own(() -> CudaMemory.free(memory));
    busy = stream();
    waiting = stream();
    done = CudaStreams.createEvent();
    owned.own(() -> CudaStreams.destroy(done));
    timer = new StallTimer(waiting, new HostWait(null));
    owned.own(timer::close);
  }

  @AfterEach
  void closeTheGpu() {
    CudaStreams.synchronize(busy);
    CudaStreams.synchronize(waiting);
    owned.close();
  }

  @Test
  void aStreamThatStandsStillIsTimed() {
    for (int i = 0; i < 500; i++) {
      CudaMemory.fill(memory, 0, BYTES, busy);
    }
    CudaStreams.record(done, busy);
    timer.await(done);
    CudaStreams.synchronize(waiting);
    assertTrue(timer.stalledNanos() > 0);
  }

  @Test
  void anyNumberOfWaitsTakesABoundedNumberOfEvents() {
    CudaEmulation.assume();
    long before = CudaEmulation.calls("cudaEventCreateWithFlags");
    for (int i = 0; i < 3000; i++) {
      CudaStreams.record(done, busy);
      timer.await(done);
    }
    assertTrue(CudaEmulation.calls("cudaEventCreateWithFlags") - before <= 1024);
  }

  private CudaStreamHandle stream() {
    CudaStreamHandle stream = CudaStreams.createStream();
    owned.own(() -> CudaStreams.destroy(stream));
    return stream;
  }
}
