package org.memo.bindings.cudart;

/** The memory of the current device, in bytes. */
public record CudaMemoryInfo(long freeBytes, long totalBytes) {}
