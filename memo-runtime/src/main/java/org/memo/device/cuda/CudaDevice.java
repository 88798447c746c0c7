package org.memo.device.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.memo.CacheFolder;
import org.memo.bindings.CudaLibraries;
import org.memo.bindings.cudart.CudaEventHandle;
import org.memo.bindings.cudart.CudaException;
import org.memo.bindings.cudart.CudaRuntime;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.CudaStreams;
import org.memo.collective.Collectives;
import org.memo.collective.SingleRank;
import org.memo.device.Device;
import org.memo.device.DeviceException;
import org.memo.device.DeviceRegion;
import org.memo.device.Event;
import org.memo.device.PinnedPool;
import org.memo.device.Stream;
import org.memo.device.cuda.cudnn.CudnnEngine;

/**
 * An NVIDIA GPU as a device: its slab is one reservation of the GPU's memory, its pool host memory
 * that is pinned in pieces. The thread that opens a device drives it, and no other GPU meanwhile;
 * any other thread is refused.
 *
 * <p>Urgent streams have the highest priority, all others one: without it the few blocks of a
 * collective would wait until a computation's thousands have all begun, and hide behind nothing.
 * Copies need none, as other hardware does them.
 */
public final class CudaDevice implements Device {
  /** What the name of cuDNN's attention engine starts with. */
  static final String CUDNN = "cuDNN";

  private final Gpu gpu;
  private final CudaOptions options;
  private final DrivingThread thread;
  private final ClosingStack owned = new ClosingStack();
  private final AllocationCount allocations = new AllocationCount();
  private final GpuRanks ranks;
  private final HostWait waits;
  private final SlabMemory slab;
  private final RegisteredMemory poolMemory;
  private final PinnedPool pool;
  private final Transfers transfers;
  private final CudaProducts products;
  private final AttentionChoice attention;
  private final @Nullable GraphRuns graphs;

  private CudaDevice(
      Gpu gpu,
      CudaOptions options,
      long slabBytes,
      long poolBytes,
      Collectives collectives,
      PinningListener listener) {
    this.gpu = gpu;
    this.options = options;
    this.thread = DrivingThread.ofCaller(options.ordinal());
    try {
      this.slab = SlabMemory.reserve(options.ordinal(), slabBytes);
      owned.own(slab::close);
      this.ranks = new GpuRanks(collectives);
      owned.own(ranks::close);
      this.waits = ranks.waits();
      this.poolMemory =
          new RegisteredMemory(poolBytes, RegisteredMemory.PIECE_BYTES, gpu.numaNode(), listener);
      owned.own(poolMemory::close);
      this.pool = new PinnedPool(poolMemory.segment());
      this.transfers = new Transfers(waits);
      owned.own(transfers::close);
      this.products = new CudaProducts(options.tunedProducts());
      owned.own(products::close);
      this.attention =
          new AttentionChoice(
              engines(),
              missingEngines(),
              options,
              RememberedEngines.of(CacheFolder.path(), gpu.kind()));
      owned.own(attention::close);
      this.graphs = options.graphs() && !options.synchronous() ? new GraphRuns(waits) : null;
      if (graphs != null) {
        owned.own(graphs::close);
      }
      allocations.add(2 + poolMemory.pieces());
    } catch (RuntimeException e) {
      owned.closeAfter(e);
      throw e;
    }
  }

  /** As the environment says, see {@link CudaOptions#ofEnvironment}, and without progress. */
  public static CudaDevice open(int ordinal, long slabBytes, long poolBytes) {
    return open(CudaOptions.ofEnvironment(ordinal), slabBytes, poolBytes, (pinned, total) -> {});
  }

  /** Of a GPU that works alone. */
  public static CudaDevice open(
      CudaOptions options, long slabBytes, long poolBytes, PinningListener listener) {
    return open(options, slabBytes, poolBytes, new SingleRank(), listener);
  }

  /**
   * Opens a GPU and reserves the memories; the calling platform thread drives it from then on.
   *
   * @param collectives of the rank that the GPU is of
   * @param listener told how far the pinning of the pool is
   * @throws org.memo.bindings.MissingLibraryException when there is no such GPU, or no driver or
   *     library for it
   * @throws org.memo.DoesNotFitException when the GPU has less memory free, or less host memory can
   *     be pinned
   * @throws org.memo.bindings.OutOfHostMemoryException when the machine has less memory
   */
  public static CudaDevice open(
      CudaOptions options,
      long slabBytes,
      long poolBytes,
      Collectives collectives,
      PinningListener listener) {
    Gpu gpu = Gpus.require(options.ordinal());
    CudaRuntime.setDevice(options.ordinal());
    return new CudaDevice(gpu, options, slabBytes, poolBytes, collectives, listener);
  }

  @Override
  public String name() {
    return "%s (%s)".formatted(gpu.deviceName(), gpu.name());
  }

  /** The GPU as it was when the device was opened. */
  public Gpu gpu() {
    return gpu;
  }

  @Override
  public long slabBytes() {
    return slab.sizeBytes();
  }

  @Override
  public PinnedPool pool() {
    return pool;
  }

  @Override
  public Stream createStream(String name) {
    return createStream(name, CudaStreams::createStream);
  }

  @Override
  public Stream createUrgentStream(String name) {
    return createStream(name, CudaStreams::createUrgentStream);
  }

  private Stream createStream(String name, Supplier<CudaStreamHandle> creation) {
    thread.require();
    try (ClosingStack made = new ClosingStack()) {
      CudaStreamHandle handle = creation.get();
      made.own(() -> CudaStreams.destroy(handle));
      StreamScratch scratch =
          new StreamScratch(
              handle,
              options.ordinal(),
              allocations,
              waits,
              graphs == null ? () -> {} : graphs::forget);
      made.own(scratch::close);
      StallTimer stalls = new StallTimer(handle, waits);
      made.own(stalls::close);
      made.own(() -> waitFor(handle));
      CudaOperations operations =
          new CudaOperations(
              slab,
              poolMemory,
              scratch,
              products,
              attention,
              new CudaCollectives(name, slab, scratch, ranks));
      CudaStream stream =
          new CudaStream(
              name,
              thread,
              handle,
              waits,
              operations,
              new FaultReport(scratch),
              stalls,
              options.synchronous(),
              graphs);
      if (graphs != null) {
        graphs.register(stream);
      }
      made.moveTo(owned);
      return stream;
    }
  }

  @Override
  public Event createEvent(String name) {
    thread.require();
    CudaEventHandle handle = CudaStreams.createEvent();
    owned.own(() -> CudaStreams.destroy(handle));
    return new CudaEvent(name, thread, handle, waits, graphs);
  }

  @Override
  public void upload(MemorySegment source, DeviceRegion target) {
    thread.require();
    requireEqual(source, target);
    try {
      transfers.upload(source, slab.at(target));
    } catch (CudaException e) {
      throw transferFailed("upload", target, e);
    }
  }

  @Override
  public void download(DeviceRegion source, MemorySegment target) {
    thread.require();
    requireEqual(target, source);
    try {
      transfers.download(slab.at(source), target);
    } catch (CudaException e) {
      throw transferFailed("download", source, e);
    }
  }

  @Override
  public long allocations() {
    return allocations.get();
  }

  /** How attention and products are computed, as far as it was decided, one line each. */
  public List<String> decisions() {
    List<String> lines = new ArrayList<>(attention.report());
    lines.addAll(products.report());
    if (graphs != null) {
      lines.add(graphs.report());
    }
    return lines;
  }

  /**
   * Waits for all streams, then gives everything back; the driving thread's as all else, as long as
   * the device is open.
   */
  @Override
  public void close() {
    if (thread.end()) {
      owned.close();
    }
  }

  private void waitFor(CudaStreamHandle stream) {
    waits.untilEnded(stream);
    if (graphs != null) {
      graphs.waitForAll();
    }
  }

  private List<AttentionEngine> engines() {
    List<AttentionEngine> engines = new ArrayList<>();
    if (options.mayUse(FlashEngine.NAME) && CudaLibraries.missing("flash").isEmpty()) {
      engines.add(new FlashEngine());
    }
    if (options.mayUse(CUDNN) && CudaLibraries.missing("cudnn").isEmpty()) {
      engines.add(
          new CudnnEngine(
              gpu.kind(),
              CacheFolder.path(),
              options.attentionScratchBytes(),
              options.nondeterministicAttention()));
    }
    return engines;
  }

  /** Why there are not more of them, for a message. */
  private List<String> missingEngines() {
    return Map.of(FlashEngine.NAME, "flash", CUDNN, "cudnn").entrySet().stream()
        .filter(engine -> options.mayUse(engine.getKey()))
        .flatMap(engine ->
            CudaLibraries.missing(engine.getValue()).stream()
                .map(reason -> "not %s (%s)".formatted(engine.getKey(), reason)))
        .sorted()
        .toList();
  }

  private static DeviceException transferFailed(
      String what, DeviceRegion region, CudaException cause) {
    return new DeviceException(
        "the %s of %d bytes at %d failed: %s%s"
            .formatted(
                what,
                region.sizeBytes(),
                region.offsetBytes(),
                cause.getMessage(),
                AsynchronousErrors.advice(cause, false)),
        cause);
  }

  private static void requireEqual(MemorySegment segment, DeviceRegion region) {
    if (segment.byteSize() != region.sizeBytes()) {
      throw new IllegalArgumentException(
          "segment of %d bytes, region of %d".formatted(segment.byteSize(), region.sizeBytes()));
    }
  }
}
