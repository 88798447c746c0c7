package org.memo.device.cuda;

import java.util.Optional;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;

/**
 * One way to compute attention on a GPU. An engine belongs to one device and is used by the thread
 * that drives it; its calls queue work and return.
 */
public interface AttentionEngine extends AutoCloseable {
  /** For people: "memo flash", "cuDNN 9.24.0". */
  String name();

  /** Whether the pass gives the same bits for the same inputs each time. */
  boolean isDeterministic(AttentionProblem problem);

  /**
   * Why the engine cannot compute this, or nothing where it can. It may prepare itself here, which
   * takes up to seconds: a device asks once for each problem. What computes two segments computes
   * any number of them: how many there are changes from one micro-batch to the next.
   */
  Optional<String> refusal(AttentionProblem problem);

  /** Device scratch that the pass needs for as long as it runs. */
  long workspaceBytes(AttentionProblem problem);

  /** Queues the forward pass. */
  void forward(FlashAttentionForward operation, AttentionQueue queue);

  /** Queues the backward pass. */
  void backward(FlashAttentionBackward operation, AttentionQueue queue);

  @Override
  void close();
}
