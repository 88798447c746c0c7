package org.memo.parallel.control;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.memo.parallel.launch.Launch;

/** A cable between a rank and rank 0 that a test can cut, or unplug so that nothing arrives. */
final class Proxy implements AutoCloseable {
  private final ServerSocket server;
  private final Launch target;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private volatile boolean unplugged;

  Proxy(Launch target) {
    this.target = target;
    try {
      this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  /** The same rank, which comes to rank 0 over this cable. */
  Launch launch() {
    return new Launch(
        target.launcher(),
        target.rank(),
        target.ranks(),
        target.localRank(),
        target.localRanks(),
        target.host(),
        server.getLocalPort(),
        target.runKey());
  }

  void unplug() {
    unplugged = true;
  }

  void cut() {
    sockets.forEach(Proxy::close);
  }

  private void accept() {
    try {
      while (true) {
        Socket near = server.accept();
        Socket far = connect();
        if (far == null) {
          close(near);
          continue;
        }
        sockets.add(near);
        sockets.add(far);
        Thread.ofVirtual().start(() -> pump(near, far));
        Thread.ofVirtual().start(() -> pump(far, near));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private Socket connect() {
    try {
      return new Socket(target.host(), target.port());
    } catch (IOException e) {
      return null; // rank 0 has not come yet
    }
  }

  private void pump(Socket from, Socket to) {
    byte[] bytes = new byte[1 << 16];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
        if (!unplugged) {
          out.write(bytes, 0, read);
        }
      }
      if (!unplugged) {
        to.shutdownOutput();
      }
    } catch (IOException e) {
      if (!unplugged) {
        close(from);
        close(to);
      }
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    cut();
  }
}
