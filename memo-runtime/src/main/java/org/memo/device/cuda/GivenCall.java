package org.memo.device.cuda;

/** A call, and the stream that it was given to. Equal ones do the same. */
record GivenCall(CudaStream stream, StreamCall call) {
  /** What stays the same where only numbers and places change. */
  Object kind() {
    return call instanceof StreamCall.Run run ? run.operation().getClass() : call.getClass();
  }
}
