/**
 * Process groups between GPUs: NCCL carries the bytes, and a control plane (the ranks' processes or
 * threads, who know each other already) brings its communicators together and says who is lost.
 */
@NullMarked
package org.memo.parallel.nccl;

import org.jspecify.annotations.NullMarked;
