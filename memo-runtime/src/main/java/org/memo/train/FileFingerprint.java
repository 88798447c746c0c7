package org.memo.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.memo.UserInputException;

/**
 * Tells files of different content apart, as a rule: by size and by pieces spread over them, so
 * that one of 100 GB takes no longer than one of a megabyte.
 */
final class FileFingerprint {
  private static final int PIECES = 64;
  private static final int PIECE_BYTES = 4096;
  private static final int SHOWN_DIGITS = 16;

  private FileFingerprint() {}

  /** A line: name, size, digest of the pieces. */
  static String of(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      long sizeBytes = channel.size();
      MessageDigest digest = sha256();
      ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
      long last = Math.max(0, sizeBytes - PIECE_BYTES);
      for (int i = 0; i < PIECES; i++) {
        read(channel, piece.clear(), (long) ((double) last * i / (PIECES - 1)));
        digest.update(piece.flip());
      }
      return "%s: %d bytes, sample %s".formatted(file.getFileName(), sizeBytes, hex(digest));
    } catch (IOException e) {
      throw new UserInputException("%s cannot be read: %s".formatted(file, e), e);
    }
  }

  /** The digest of a text. */
  static String of(String text) {
    MessageDigest digest = sha256();
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    return hex(digest);
  }

  private static void read(FileChannel channel, ByteBuffer piece, long position)
      throws IOException {
    while (piece.hasRemaining() && channel.read(piece, position + piece.position()) >= 0) {
      // until the piece is full or the file ends
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest()).substring(0, SHOWN_DIGITS);
  }
}
