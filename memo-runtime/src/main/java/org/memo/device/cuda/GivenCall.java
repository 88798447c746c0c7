package org.memo.device.cuda;

import org.memo.op.Collective;

/** A call, and the stream that it was given to. Equal ones do the same. */
record GivenCall(CudaStream stream, StreamCall call) {
  /** What stays the same where only numbers and places change. */
  Object kind() {
    return call instanceof StreamCall.Run run ? run.operation().getClass() : call.getClass();
  }

  /** Whether it ends only where other ranks do the same: no graph waits for them. */
  boolean needsOtherRanks() {
    return call instanceof StreamCall.Run run
        && run.operation() instanceof Collective collective
        && collective.ranks() > 1;
  }
}
