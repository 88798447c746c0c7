package org.memo.parallel.control;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProtocolException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Messages as bytes: a kind, then the fields in their order, big-endian, texts and arrays behind
 * their length. A frame is a message behind its length.
 */
final class MessageCodec {
  private static final int MAX_TEXT_CHARS = 4_000;

  private MessageCodec() {}

  /** The message behind its length. */
  static byte[] frame(Message message) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeInt(0); // the length, known below
      write(message, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    byte[] frame = bytes.toByteArray();
    ByteBuffer.wrap(frame).putInt(0, frame.length - Integer.BYTES);
    return frame;
  }

  private static void write(Message message, DataOutputStream out) throws IOException {
    switch (message) {
      case Message.Heartbeat(String progress) -> {
        out.writeByte(1);
        writeText(progress, out);
      }
      case Message.Start(byte[] key) -> {
        out.writeByte(2);
        writeBytes(key, out);
      }
      case Message.Contribution(long number, String what, byte[] mine) -> {
        out.writeByte(3);
        out.writeLong(number);
        writeText(what, out);
        writeBytes(mine, out);
      }
      case Message.Result(long number, List<byte[]> contributions) -> {
        out.writeByte(4);
        out.writeLong(number);
        writeContributions(contributions, out);
      }
      case Message.Suspicion(int rank, String how) -> {
        out.writeByte(5);
        out.writeInt(rank);
        writeText(how, out);
      }
      case Message.Failure(String how, String progress) -> {
        out.writeByte(6);
        writeText(how, out);
        writeText(progress, out);
      }
      case Message.Verdict(int rank, String sentence) -> {
        out.writeByte(7);
        out.writeInt(rank);
        writeText(sentence, out);
      }
      case Message.Goodbye() -> out.writeByte(8);
    }
  }

  /** Equal contributions, which most are, travel once: a thousand ranks each get a thousand. */
  private static void writeContributions(List<byte[]> contributions, DataOutputStream out)
      throws IOException {
    Map<ByteBuffer, Integer> places = new HashMap<>();
    List<byte[]> distinct = new ArrayList<>();
    int[] placeOf = new int[contributions.size()];
    for (int rank = 0; rank < placeOf.length; rank++) {
      byte[] bytes = contributions.get(rank);
      Integer place = places.putIfAbsent(ByteBuffer.wrap(bytes), distinct.size());
      if (place == null) {
        place = distinct.size();
        distinct.add(bytes);
      }
      placeOf[rank] = place;
    }
    out.writeInt(distinct.size());
    for (byte[] bytes : distinct) {
      writeBytes(bytes, out);
    }
    out.writeInt(placeOf.length);
    for (int place : placeOf) {
      out.writeInt(place);
    }
  }

  private static void writeText(String text, DataOutputStream out) throws IOException {
    String bounded = text.length() <= MAX_TEXT_CHARS ? text : text.substring(0, MAX_TEXT_CHARS);
    writeBytes(bounded.getBytes(StandardCharsets.UTF_8), out);
  }

  private static void writeBytes(byte[] bytes, DataOutputStream out) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  /**
   * A message without its length.
   *
   * @throws ProtocolException when the bytes are no message
   */
  static Message decode(byte[] bytes) throws ProtocolException {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      Message message = read(in);
      if (in.hasRemaining()) {
        throw new ProtocolException("%d bytes behind a message".formatted(in.remaining()));
      }
      return message;
    } catch (BufferUnderflowException e) {
      throw malformed("is cut off");
    }
  }

  private static Message read(ByteBuffer in) throws ProtocolException {
    byte kind = in.get();
    return switch (kind) {
      case 1 -> new Message.Heartbeat(readText(in));
      case 2 -> new Message.Start(readBytes(in));
      case 3 -> new Message.Contribution(in.getLong(), readText(in), readBytes(in));
      case 4 -> new Message.Result(in.getLong(), readContributions(in));
      case 5 -> new Message.Suspicion(in.getInt(), readText(in));
      case 6 -> new Message.Failure(readText(in), readText(in));
      case 7 -> new Message.Verdict(in.getInt(), readText(in));
      case 8 -> new Message.Goodbye();
      default -> throw malformed("has kind " + kind);
    };
  }

  private static List<byte[]> readContributions(ByteBuffer in) throws ProtocolException {
    byte[][] distinct = new byte[readCount(in)][];
    for (int place = 0; place < distinct.length; place++) {
      distinct[place] = readBytes(in);
    }
    byte[][] contributions = new byte[readCount(in)][];
    for (int rank = 0; rank < contributions.length; rank++) {
      int place = in.getInt();
      if (place < 0 || place >= distinct.length) {
        throw malformed("counts wrongly");
      }
      contributions[rank] = distinct[place];
    }
    return List.of(contributions);
  }

  private static String readText(ByteBuffer in) throws ProtocolException {
    return new String(readBytes(in), StandardCharsets.UTF_8);
  }

  private static byte[] readBytes(ByteBuffer in) throws ProtocolException {
    byte[] bytes = new byte[readLength(in, 1)];
    in.get(bytes);
    return bytes;
  }

  /** Of things of at least four bytes each. */
  private static int readCount(ByteBuffer in) throws ProtocolException {
    return readLength(in, Integer.BYTES);
  }

  private static int readLength(ByteBuffer in, int bytesEach) throws ProtocolException {
    int length = in.getInt();
    if (length < 0 || (long) length * bytesEach > in.remaining()) {
      throw malformed("is shorter than it says");
    }
    return length;
  }

  private static ProtocolException malformed(String how) {
    return new ProtocolException("a message " + how);
  }
}
