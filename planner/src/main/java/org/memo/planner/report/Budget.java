package org.memo.planner.report;

/**
 * A memory and how much of it is used.
 *
 * @param name such as "device memory"
 * @param availableBytes 0 where nobody said
 */
public record Budget(String name, long usedBytes, long availableBytes) {}
