package org.memo.parallel.control;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Looks names of machines up, which the system may take minutes for where nobody answers it. */
final class Names {
  private Names() {}

  /**
   * The addresses of a machine.
   *
   * @throws UnknownHostException also when the name's owner does not answer in time
   */
  static InetAddress[] addresses(String host, Duration longest) throws UnknownHostException {
    return within(longest, () -> InetAddress.getAllByName(host));
  }

  /** What is looked up, in a thread that is left behind where it takes longer. */
  static <T> T within(Duration longest, Callable<T> lookUp) throws UnknownHostException {
    FutureTask<T> task = new FutureTask<>(lookUp);
    Thread.ofPlatform().daemon().name("memo-names").start(task);
    try {
      return task.get(longest.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new UnknownHostException("no answer within " + Sentences.inSeconds(longest));
    } catch (ExecutionException e) {
      throw new UnknownHostException(String.valueOf(e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnknownHostException("interrupted");
    }
  }
}
