package org.memo.parallel.nccl;

import java.time.Duration;
import java.util.List;
import org.memo.parallel.control.ControlGroup;

/** Ranks that are processes. */
public record ControlledByGroup(ControlGroup group) implements NcclControl {
  @Override
  public int rank() {
    return group.rank();
  }

  @Override
  public int ranks() {
    return group.ranks();
  }

  @Override
  public Duration patience() {
    return group.patience();
  }

  @Override
  public List<byte[]> exchange(String what, byte[] mine) {
    return group.exchange(what, mine);
  }

  @Override
  public void requireWhole() {
    group.requireWhole();
  }

  @Override
  public void fail(Throwable cause) {
    group.fail(cause);
  }
}
