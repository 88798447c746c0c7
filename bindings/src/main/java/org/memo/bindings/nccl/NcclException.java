package org.memo.bindings.nccl;

import org.memo.bindings.NativeCallException;

/** A call of NCCL that failed. */
public final class NcclException extends NativeCallException {
  private static final long serialVersionUID = 1L;

  private NcclException(String call, int code, String names, Object... values) {
    super(call, code, NcclStatus.name(code), NcclStatus.text(code), "", names, values);
  }

  /**
   * The exception for a call that has returned {@code code}.
   *
   * @param names the arguments' names, separated by blanks
   */
  static NcclException of(String call, int code, String names, Object... values) {
    return new NcclException(call, code, names, values);
  }
}
