package org.memo.bindings.nccl;

import org.memo.bindings.nccl.generated.Nccl;

/** The numbers that NCCL adds. */
public enum NcclType {
  F32,
  BF16,
  F64;

  /** The {@code ncclDataType_t}. */
  int code() {
    return switch (this) {
      case F32 -> Nccl.ncclFloat32();
      case BF16 -> Nccl.ncclBfloat16();
      case F64 -> Nccl.ncclFloat64();
    };
  }
}
