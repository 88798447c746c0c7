/**
 * Collectives between processes whose memory the CPU addresses, over TCP. Each channel has
 * connections of its own among its ranks, made at its first call. A call moves bytes to and from
 * all peers at once in one selector loop, straight out of and into the device's memory where the
 * bytes lie side by side, and else through staging buffers of a bounded size; so no order of ranks
 * and no full socket buffer can make them wait for each other. Who is lost the control group says.
 */
@NullMarked
package org.memo.parallel.socket;

import org.jspecify.annotations.NullMarked;
