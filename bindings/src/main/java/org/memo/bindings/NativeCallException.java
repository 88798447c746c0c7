package org.memo.bindings;

/** A native call that answered with an error code. */
public class NativeCallException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String call;
  private final int code;

  /**
   * As {@link #of}.
   *
   * @param advice what the reader may do, a sentence that ends the message, or ""
   */
  protected NativeCallException(
      String call,
      int code,
      String errorName,
      String text,
      String advice,
      String names,
      Object... values) {
    super(message(call, code, errorName, text, names, values) + advice);
    this.call = call;
    this.code = code;
  }

  /**
   * Says {@code call failed: ERROR_NAME (code): text; name=value name=value}.
   *
   * @param call the name of the native function
   * @param code what it returned
   * @param errorName the code's name in the library's header
   * @param text the library's own explanation, or ""
   * @param names the arguments' names, separated by blanks
   * @param values the arguments, one for each name
   */
  public static NativeCallException of(
      String call, int code, String errorName, String text, String names, Object... values) {
    return new NativeCallException(call, code, errorName, text, "", names, values);
  }

  private static String message(
      String call, int code, String errorName, String text, String names, Object... values) {
    StringBuilder message = new StringBuilder();
    message.append("%s failed: %s (%d)".formatted(call, errorName, code));
    if (!text.isEmpty()) {
      message.append(": ").append(text);
    }
    String separator = "; ";
    String[] name = names.split(" ", -1);
    for (int i = 0; i < values.length; i++) {
      message.append(separator).append(name[i]).append('=').append(values[i]);
      separator = " ";
    }
    return message.toString();
  }

  /** The native function that failed. */
  public String call() {
    return call;
  }

  /** The code that it returned. */
  public int code() {
    return code;
  }
}
