package org.memo.benchmark.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.memo.benchmark.Machine;
import org.memo.benchmark.Rate;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.op.CopyOnDevice;
import org.memo.op.Operation;
import org.memo.planner.cost.ElementType;

/**
 * A benchmark's operation on a device: checked once, then ready to be run.
 *
 * <p>A run is many operations in a row, so that what it takes to hand one to a stream and to wait
 * for it disappears. Where memory is the limit each runs on another set of buffers, and all sets
 * together are larger than the caches; where matrix products are, all run on the same.
 */
final class KernelRun implements AutoCloseable {
  private static final int MOST_PRODUCTS_PER_RUN = 64;

  private final Machine machine;
  private final ElementType type;
  private final Buffers buffers;
  private final KernelCase kernel;
  private final Device device;
  private final Stream stream;
  private final List<Operation> operations = new ArrayList<>();
  private final List<Operation> restores = new ArrayList<>();

  /**
   * @param type of activations and weights
   * @param rotationBytes what the sets shall be large in all; 0: one set
   * @throws org.memo.benchmark.WrongAnswerException when the operation's answer is wrong
   */
  KernelRun(
      Machine machine,
      ElementType type,
      Function<Buffers, KernelCase> definition,
      long rotationBytes) {
    this.machine = machine;
    this.type = type;
    try (Buffers contents = new Buffers(type)) {
      buffers = contents;
      kernel = definition.apply(contents);
      int sets = sets(rotationBytes);
      // and one that stays as it was filled
      device = machine.open((sets + 1) * buffers.sizeBytes(), 0);
      try {
        stream = device.createStream("compute");
        fillFirstSet();
        check();
        plan(sets);
      } catch (RuntimeException e) {
        device.close();
        throw e;
      }
    }
  }

  /** Runs all operations and waits for them. */
  void run() {
    runAll(operations);
  }

  /** Fills what an operation has used up. */
  void restore() {
    if (!restores.isEmpty()) {
      runAll(restores);
    }
  }

  /** Says what a run does, and measures the limit of it. */
  void describe(Rate rate) {
    Operation one = operations.getFirst();
    if (kernel.isBoundByProducts()) {
      rate.setFlops(operations.size(), one.flops(), machine.productFlopsPerSecond(type));
    } else {
      rate.setBytes(operations.size(), kernel.bytesOf(one), machine.memoryBytesPerSecond());
    }
  }

  @Override
  public void close() {
    device.close();
  }

  private int sets(long rotationBytes) {
    if (kernel.isBoundByProducts()) {
      return 1;
    }
    double touchedBytes = Math.min(buffers.sizeBytes(), kernel.bytesOf(operation(0)));
    double wanted = Math.ceil(rotationBytes / touchedBytes);
    return (int) Math.max(1, Math.min(wanted, machine.mostSlabBytes() / buffers.sizeBytes()));
  }

  private void fillFirstSet() {
    for (Buffer buffer : buffers.all()) {
      device.upload(buffer.contents(), set(0).at(buffer));
    }
    Function<BufferSet, Operation> preparation = kernel.preparation();
    if (preparation != null) {
      runAll(List.of(preparation.apply(set(0))));
    }
  }

  /** In the second set; the first stays as it was filled. */
  private void check() {
    runAll(List.of(fill(1), operation(1)));
    kernel.check().accept(new Answer(device, set(1), buffers.arena()));
  }

  private void plan(int sets) {
    List<Operation> fills = new ArrayList<>();
    for (int i = 1; i <= sets; i++) {
      int index = i;
      fills.add(fill(index));
      operations.add(operation(index));
      kernel.restored().forEach(buffer -> restores.add(copy(buffer, index)));
    }
    runAll(fills);
    while (kernel.isBoundByProducts() && operations.size() < productsPerRun()) {
      operations.add(operation(1));
    }
  }

  private double productsPerRun() {
    return Math.min(MOST_PRODUCTS_PER_RUN, machine.productFlopsPerRun() / operation(1).flops());
  }

  private void runAll(List<Operation> some) {
    some.forEach(stream::submit);
    stream.synchronize();
  }

  private Operation operation(int set) {
    return kernel.operation().apply(set(set));
  }

  private Operation fill(int set) {
    long bytes = buffers.sizeBytes();
    return new CopyOnDevice(new DeviceRegion(0, bytes), new DeviceRegion(set * bytes, bytes));
  }

  private Operation copy(Buffer buffer, int toSet) {
    return new CopyOnDevice(set(0).at(buffer), set(toSet).at(buffer));
  }

  private BufferSet set(int index) {
    return new BufferSet(index * buffers.sizeBytes());
  }
}
