package org.memo.bindings.cublaslt;

import org.memo.bindings.cudart.DeviceAddress;

/** Where the matrices of D = op(A) op(B) + C lie; {@code c} may be {@code d}. */
public record LtAddresses(DeviceAddress a, DeviceAddress b, DeviceAddress c, DeviceAddress d) {}
