package org.memo.device.cuda;

import org.memo.op.BiasForward;
import org.memo.op.Gemm;
import org.memo.op.Operation;

/** What a stream is given. Equal calls do the same. */
sealed interface StreamCall {
  /** For messages. */
  String what();

  record Run(Operation operation) implements StreamCall {
    @Override
    public String what() {
      return operation.name();
    }
  }

  record RunWithBias(Gemm product, BiasForward bias) implements StreamCall {
    @Override
    public String what() {
      return "Gemm with BiasForward";
    }
  }

  record RecordEvent(CudaEvent event) implements StreamCall {
    @Override
    public String what() {
      return "recording event " + event.name();
    }
  }

  record AwaitEvent(CudaEvent event) implements StreamCall {
    @Override
    public String what() {
      return "waiting for event " + event.name();
    }
  }
}
