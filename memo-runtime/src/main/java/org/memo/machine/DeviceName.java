package org.memo.machine;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A device as {@code --device} calls it.
 *
 * @param ordinal of the GPU, from 0; 0 for other kinds
 */
public record DeviceName(Kind kind, int ordinal) {
  /** The first GPU where there is one, else the processor. */
  public static final DeviceName AUTO = new DeviceName(Kind.AUTO, 0);

  /** This machine's processor. */
  public static final DeviceName HOST = new DeviceName(Kind.HOST, 0);

  /** The first GPU, or where several ranks share a machine each the one of its number there. */
  public static final DeviceName GPUS = new DeviceName(Kind.GPUS, 0);

  /** What {@link #parse} takes, for messages. */
  public static final String VALID = "auto, host, cuda or cuda:N with N the number of a GPU from 0";

  private static final Pattern CUDA = Pattern.compile("cuda:([0-9]{1,4})");

  /** What kind of device. */
  public enum Kind {
    AUTO,
    HOST,
    GPUS,
    CUDA
  }

  /** A GPU, counted from 0. */
  public static DeviceName cuda(int ordinal) {
    return new DeviceName(Kind.CUDA, ordinal);
  }

  /** Empty where the text names no device. */
  public static Optional<DeviceName> parse(String text) {
    if (text.equals("auto")) {
      return Optional.of(AUTO);
    }
    if (text.equals("host")) {
      return Optional.of(HOST);
    }
    if (text.equals("cuda")) {
      return Optional.of(GPUS);
    }
    Matcher cuda = CUDA.matcher(text);
    return cuda.matches() ? Optional.of(cuda(Integer.parseInt(cuda.group(1)))) : Optional.empty();
  }

  /** As {@link #parse} takes it. */
  @Override
  public String toString() {
    return switch (kind) {
      case AUTO -> "auto";
      case HOST -> "host";
      case GPUS -> "cuda";
      case CUDA -> "cuda:" + ordinal;
    };
  }
}
