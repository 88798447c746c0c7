package org.memo.cli;

import java.nio.file.InvalidPathException;
import org.memo.DoesNotFitException;
import org.memo.RunFailedException;
import org.memo.UserInputException;
import org.memo.bindings.MissingLibraryException;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.OutOfHostMemoryException;
import org.memo.collective.LostRankException;
import org.memo.device.DeviceException;
import org.memo.planner.ortools.OrToolsUnavailableException;

/** What the process answers to the shell. */
final class ExitCode {
  static final int DONE = 0;

  /** A mistake of Memo's own. */
  static final int INTERNAL_ERROR = 1;

  static final int USER_INPUT = 2;
  static final int DOES_NOT_FIT = 3;
  static final int ENVIRONMENT = 4;
  static final int RUN_FAILED = 5;

  /** Added to the number of the signal that ended a run. */
  static final int SIGNAL_BASE = 128;

  private ExitCode() {}

  static int of(Throwable failure) {
    return switch (failure) {
      case UserInputException _ -> USER_INPUT;
      case InvalidPathException _ -> USER_INPUT;
      case DoesNotFitException _ -> DOES_NOT_FIT;
      case OutOfHostMemoryException _ -> DOES_NOT_FIT;
      case OutOfMemoryError _ -> DOES_NOT_FIT;
      case MissingLibraryException _ -> ENVIRONMENT;
      case OrToolsUnavailableException _ -> ENVIRONMENT;
      case RunFailedException _ -> RUN_FAILED;
      case NativeCallException _ -> RUN_FAILED;
      case DeviceException _ -> RUN_FAILED;
      case LostRankException _ -> RUN_FAILED;
      default -> INTERNAL_ERROR;
    };
  }
}
