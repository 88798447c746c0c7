package org.memo.device.simulated;

import java.util.List;
import org.memo.device.MemoryRegion;

/**
 * What an operation, or the calling thread, does to memory, and when.
 *
 * @param index among all accesses of the schedule, counted from 0
 * @param stream its stream's number
 * @param time how many accesses its stream had made, this one included
 */
record Access(
    long index,
    String name,
    String streamName,
    int stream,
    long time,
    List<MemoryRegion> reads,
    List<MemoryRegion> writes) {}
