package org.memo.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Where the files beside a token file are: {@code x.bin} has {@code x.mask} and {@code x.docs}. */
final class Sidecar {
  static final String MASK = ".mask";
  static final String DOCUMENTS = ".docs";

  private Sidecar() {}

  /** A token file and its sidecars. */
  static Stream<Path> withThoseOf(Path tokens) {
    return Stream.concat(
        Stream.of(tokens),
        Stream.of(MASK, DOCUMENTS).flatMap(extension -> of(tokens, extension).stream()));
  }

  /** The sidecar with this extension, where it exists. A file is never its own sidecar. */
  static Optional<Path> of(Path tokens, String extension) {
    String name = tokens.getFileName().toString();
    int dot = name.lastIndexOf('.');
    String stem = dot > 0 ? name.substring(0, dot) : name;
    String sidecar = stem + extension;
    return sidecar.equals(name)
        ? Optional.empty()
        : Optional.of(tokens.resolveSibling(sidecar)).filter(Files::exists);
  }
}
