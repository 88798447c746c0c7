package org.memo.parallel.control;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A line over TCP, with a virtual thread for each direction: rank 0 of a thousand has two thousand.
 * A peer that takes nothing fills its queue with no more than what an exchange sends, as heartbeats
 * are left out while others wait.
 */
final class SocketWire implements Wire {
  static final int CHUNK_BYTES = 1 << 16;
  private static final byte[] END = {};

  private final Socket socket;
  private final long maxMessageBytes;
  private final BlockingQueue<byte[]> outgoing = new LinkedBlockingQueue<>();
  private volatile boolean heard = true;

  /**
   * @param socket becomes the wire's
   * @param maxMessageBytes of what may arrive
   */
  SocketWire(Socket socket, long maxMessageBytes) {
    this.socket = socket;
    this.maxMessageBytes = maxMessageBytes;
  }

  /** Before it nothing leaves or arrives. */
  void start(String name, Receiver receiver) {
    Thread.ofVirtual().name("memo-from-" + name).start(() -> read(receiver));
    Thread.ofVirtual().name("memo-to-" + name).start(this::write);
  }

  @Override
  public void send(byte[] frame) {
    outgoing.add(frame);
  }

  @Override
  public void beat(byte[] frame) {
    if (outgoing.isEmpty()) {
      outgoing.add(frame);
    }
  }

  @Override
  public void finish() {
    outgoing.add(END);
  }

  @Override
  public void abandon() {
    try {
      outgoing.add(END);
      socket.close();
    } catch (IOException e) {
      // nothing is left to be said on it
    }
  }

  @Override
  public boolean takeHeard() {
    boolean was = heard;
    heard = false;
    return was;
  }

  private void write() {
    try {
      socket.setTcpNoDelay(true);
      OutputStream out = socket.getOutputStream();
      while (true) {
        byte[] frame = outgoing.take();
        if (frame == END) {
          socket.shutdownOutput();
          return;
        }
        out.write(frame);
      }
    } catch (IOException e) {
      abandon(); // the reader tells it
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read(Receiver receiver) {
    String how;
    try {
      socket.setSoTimeout(0);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      while (true) {
        receiver.received(MessageCodec.decode(readMessage(in)));
      }
    } catch (EOFException e) {
      how = "ended without a goodbye";
    } catch (ProtocolException e) {
      how = "sent what is no message: " + e.getMessage();
    } catch (IOException e) {
      how = "lost its connection" + (socket.isClosed() ? "" : ": " + e.getMessage());
    } catch (RuntimeException | Error e) {
      how = "sent what could not be handled: " + e;
    }
    abandon();
    receiver.ended(how);
  }

  private byte[] readMessage(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 1 || length > maxMessageBytes) {
      throw new ProtocolException("%d bytes of at most %d".formatted(length, maxMessageBytes));
    }
    byte[] message = new byte[length];
    for (int at = 0; at < length; ) {
      int read = in.read(message, at, Math.min(CHUNK_BYTES, length - at));
      if (read < 0) {
        throw new EOFException();
      }
      heard = true;
      at += read;
    }
    return message;
  }
}
