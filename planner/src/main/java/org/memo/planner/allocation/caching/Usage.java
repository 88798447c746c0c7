package org.memo.planner.allocation.caching;

/**
 * What an allocator took to answer a trace, up to the first request that it could not answer.
 *
 * @param peakReservedBytes the most it held from the device at once
 * @param peakAllocatedBytes the most it had handed out at once, in whole blocks
 * @param segments how many pieces of device memory it held at the end
 * @param retries how often the device was full, so that all cached memory was given back first
 * @param fits whether every request was answered
 */
public record Usage(
    long peakReservedBytes, long peakAllocatedBytes, long segments, long retries, boolean fits) {

  /**
   * The part of the reserved memory that was never handed out at once: 0 means that none is lost.
   */
  public double fragmentation() {
    return peakReservedBytes == 0
        ? 0
        : (double) (peakReservedBytes - peakAllocatedBytes) / peakReservedBytes;
  }
}
