package org.memo.device.simulated;

/**
 * What an operation takes when nothing slows it down.
 *
 * @param engine that does it
 * @param seconds of that engine
 */
record OperationCost(DeviceEngine engine, double seconds) {}
