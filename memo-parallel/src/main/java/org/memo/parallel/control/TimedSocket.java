package org.memo.parallel.control;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** Reads from a socket that need not be of this run: a few bytes, and all within one time. */
final class TimedSocket {
  private final Socket socket;
  private final long deadlineNanos;

  TimedSocket(Socket socket, Duration longest) {
    this.socket = socket;
    this.deadlineNanos = System.nanoTime() + longest.toNanos();
  }

  byte[] read(int count) throws IOException {
    byte[] bytes = new byte[count];
    InputStream in = socket.getInputStream();
    for (int at = 0; at < count; ) {
      socket.setSoTimeout(remainingMillis());
      int read = in.read(bytes, at, count - at);
      if (read < 0) {
        throw new EOFException("the connection was closed");
      }
      at += read;
    }
    return bytes;
  }

  void write(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  private int remainingMillis() throws SocketTimeoutException {
    long millis = (deadlineNanos - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new SocketTimeoutException("no answer in time");
    }
    return (int) Math.min(millis, Integer.MAX_VALUE);
  }
}
