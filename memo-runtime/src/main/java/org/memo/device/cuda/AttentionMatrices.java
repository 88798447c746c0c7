package org.memo.device.cuda;

import java.util.function.Function;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.bindings.flash.DeviceRows;
import org.memo.bindings.flash.FlashShape;
import org.memo.device.DeviceRegion;
import org.memo.device.KernelArguments;
import org.memo.op.AttentionShape;
import org.memo.planner.cost.ElementType;

/** An attention's matrices as our own kernels take them. */
record AttentionMatrices(
    AttentionShape shape, ElementType type, Function<DeviceRegion, DeviceAddress> addresses) {
  FlashShape shape(DeviceRegion segmentOffsets) {
    return new FlashShape(
        KernelArguments.storage(type),
        at(segmentOffsets),
        shape.segmentOffsets() - 1,
        shape.tokens(),
        shape.heads(),
        shape.kvHeads(),
        shape.headDim(),
        shape.scale());
  }

  DeviceAddress at(DeviceRegion region) {
    return addresses.apply(region);
  }

  DeviceRows queries(DeviceRegion qkv) {
    return new DeviceRows(at(qkv), shape.qkvWidth());
  }

  DeviceRows keys(DeviceRegion qkv) {
    return new DeviceRows(at(qkv).plus(shape.outWidth() * type.bytes()), shape.qkvWidth());
  }

  DeviceRows values(DeviceRegion qkv) {
    long firstColumn = shape.outWidth() + shape.keysValuesWidth() / 2;
    return new DeviceRows(at(qkv).plus(firstColumn * type.bytes()), shape.qkvWidth());
  }

  DeviceRows output(DeviceRegion out) {
    return new DeviceRows(at(out), shape.outWidth());
  }

  /** Of rows of keys and values alone. */
  DeviceRows travellingKeys(DeviceRegion keysValues) {
    return new DeviceRows(at(keysValues), shape.keysValuesWidth());
  }

  DeviceRows travellingValues(DeviceRegion keysValues, ElementType ofThese) {
    long firstColumn = shape.keysValuesWidth() / 2;
    DeviceAddress start = at(keysValues).plus(firstColumn * ofThese.bytes());
    return new DeviceRows(start, shape.keysValuesWidth());
  }
}
