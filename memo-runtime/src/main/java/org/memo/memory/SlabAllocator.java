package org.memo.memory;

import org.memo.device.DeviceRegion;

/**
 * Where a step program gets its device memory. The program makes the same requests, in the same
 * order, in every run of a section; so the first run can be recorded and every later one be
 * answered from a plan.
 *
 * <p>Memory that is freed may be handed out again at once. That is safe only between operations of
 * one stream: what a second stream touches is requested in the section {@link #SETUP}, and kept; or
 * the second waits for the first before it begins, and the first for the second before it frees.
 */
public interface SlabAllocator {
  /** The section whose requests are never freed. */
  String SETUP = "setup";

  /** Starts a section, or starts it again. */
  void beginSection(String section);

  /**
   * Starts a layer's forward or backward. Passes of one kind make the same requests in the same
   * order, so the planner solves them once; one that differs costs planning time and nothing else.
   */
  void beginPass(String kind);

  /** Ends the pass begun last. Passes do not nest, and do not reach over a section's end. */
  void endPass();

  DeviceRegion allocate(String name, long sizeBytes);

  void free(DeviceRegion region);
}
