package org.memo.device.cuda;

import org.memo.bindings.StorageType;
import org.memo.planner.cost.ElementType;

/** The types of operations as the kernels name them. */
final class StorageTypes {
  private StorageTypes() {}

  static StorageType of(ElementType type) {
    return switch (type) {
      case F32 -> StorageType.F32;
      case BF16 -> StorageType.BF16;
    };
  }
}
