/**
 * Devices: memory, streams and events, and the contract by which a device runs operations.
 *
 * <p>A device's memory is one slab; the host side of every copy lies in its pinned pool. Neither is
 * ever a bare {@link java.lang.foreign.MemorySegment}: {@link org.memo.device.DeviceRegion} and
 * {@link org.memo.device.HostRegion} are different types, so that one cannot pass for the other.
 */
@NullMarked
package org.memo.device;

import org.jspecify.annotations.NullMarked;
