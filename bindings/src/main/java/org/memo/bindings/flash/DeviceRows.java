package org.memo.bindings.flash;

import org.memo.bindings.cudart.DeviceAddress;

/**
 * Rows of device memory that lie {@code stride} elements apart: {@code q} inside a fused {@code
 * qkv} matrix, for example.
 */
public record DeviceRows(DeviceAddress data, long stride) {}
