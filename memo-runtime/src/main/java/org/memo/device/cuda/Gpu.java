package org.memo.device.cuda;

import java.util.OptionalInt;

/**
 * A GPU of this machine.
 *
 * @param ordinal from 0, as CUDA_VISIBLE_DEVICES lets CUDA count
 * @param name of the card: "NVIDIA H100 80GB HBM3"
 * @param computeMajor of its compute capability: 9 of 9.0
 * @param computeMinor of its compute capability: 0 of 9.0
 * @param totalBytes of its memory; -1 where it does not say
 * @param freeBytes of its memory, once CUDA has taken what it needs itself; -1 where it does not
 *     say
 * @param pciBusId where it sits: "0000:3b:00.0"
 * @param numaNode the memory node that it is near to, where the machine says so
 */
public record Gpu(
    int ordinal,
    String name,
    int computeMajor,
    int computeMinor,
    int multiprocessors,
    long totalBytes,
    long freeBytes,
    String pciBusId,
    OptionalInt numaNode) {

  /** What cards are alike: "NVIDIA H100 80GB HBM3 9.0". */
  String kind() {
    return "%s %d.%d".formatted(name, computeMajor, computeMinor);
  }

  /** "cuda:0". */
  public String deviceName() {
    return "cuda:" + ordinal;
  }
}
