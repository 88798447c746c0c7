package org.memo.op;

import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.memo.device.DeviceRegion;
import org.memo.planner.cost.ElementType;

/**
 * A contract that operations hold to in each type of activations and weights. Inputs are rounded to
 * the type first, so that the reference starts from the same numbers. Sums are f32 or wider in
 * either type, however long they are: a result in bf16 is as close as one in f32, then rounded
 * once.
 */
@ParameterizedClass(name = "{0}")
@EnumSource(ElementType.class)
abstract class TypedContract extends OperationContract {
  @Parameter ElementType type;

  float[] rounded(float[] values) {
    return Rounding.to(type, values);
  }

  /** In the type; values that it does not have are rounded. */
  DeviceRegion put(float[] values) {
    return slab.put(type, values);
  }

  /** Room for results in the type. */
  DeviceRegion room(long elements) {
    return slab.room(type, elements);
  }

  /** Of results in the type. */
  float[] read(DeviceRegion region) {
    return slab.read(type, region);
  }

  /** Of a result that is within the bound, and then stored in the type. */
  Bound stored(Bound bound) {
    return type == ElementType.F32 ? bound : bound.roundedBy(Rounding.error(type));
  }
}
