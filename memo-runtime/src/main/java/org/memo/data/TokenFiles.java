package org.memo.data;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The data of a run: token files, mapped into memory until closed. May be read by any thread. */
public final class TokenFiles implements AutoCloseable {
  private final Arena arena;
  private final List<TokenFile> files;

  private TokenFiles(Arena arena, List<TokenFile> files) {
    this.arena = arena;
    this.files = files;
  }

  /**
   * Maps the files and checks their sidecars ({@code x.mask} and {@code x.docs} beside {@code
   * x.bin}).
   *
   * @throws org.memo.UserInputException when a file is missing, unreadable or cut, or a sidecar
   *     does not belong to its file
   */
  public static TokenFiles open(List<Path> paths, TokenType type) {
    Arena arena = Arena.ofShared();
    try {
      List<TokenFile> files = new ArrayList<>();
      for (Path path : paths) {
        files.add(TokenFile.open(path, type, arena));
      }
      return new TokenFiles(arena, List.copyOf(files));
    } catch (RuntimeException | Error failure) {
      arena.close();
      throw failure;
    }
  }

  /** All files, each followed by its sidecars. */
  public List<Path> paths() {
    return files.stream().flatMap(file -> Sidecar.withThoseOf(file.path())).toList();
  }

  /** The documents of all files that start after the first token of a file. */
  public long documents() {
    return files.stream().mapToLong(file -> file.documents().count() - 1).sum();
  }

  /** The tokens of all files. */
  public long numTokens() {
    return files.stream().mapToLong(TokenFile::numTokens).sum();
  }

  /**
   * Reads all tokens once, unless the type cannot hold an id as large as the vocabulary.
   *
   * @throws org.memo.UserInputException at the first id outside [0, vocabulary)
   */
  public void requireTokensBelow(long vocabulary) {
    files.forEach(file -> file.requireTokensBelow(vocabulary));
  }

  /**
   * The windows of all files, those of the first file first.
   *
   * @param sequenceLength S
   * @throws org.memo.UserInputException when a file is too short for one window
   */
  public TokenWindows windows(long sequenceLength) {
    return new TokenWindows(files, sequenceLength);
  }

  /** Unmaps the files. Whoever closes makes sure that no thread still reads. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
