package org.memo.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.memo.train.Sizes;

/** What Linux says of itself in its files; on another system most answers are empty. */
final class Machine {
  /** The flags of /proc/cpuinfo that decide which kernels run. */
  private static final Set<String> RELEVANT_FLAGS =
      Set.of("avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16", "amx_tile");

  private static final List<String> CONTAINER_LIMIT_FILES =
      List.of("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes");

  /** Version 1 of cgroups says "no limit" by a number near 2^63. */
  private static final long NO_LIMIT_BYTES = 1L << 60;

  private final Path root;

  /** {@code root}: the folder that holds proc and sys. */
  Machine(Path root) {
    this.root = root;
  }

  static Machine thisOne() {
    return new Machine(Path.of("/"));
  }

  String processor() {
    return valueOf("proc/cpuinfo", "model name").orElse("unknown processor");
  }

  List<String> instructionSets() {
    return valueOf("proc/cpuinfo", "flags").stream()
        .flatMap(line -> Arrays.stream(line.split(" ")))
        .filter(RELEVANT_FLAGS::contains)
        .sorted()
        .toList();
  }

  Optional<Long> memoryBytes() {
    return kibibytes("MemTotal");
  }

  Optional<Long> freeMemoryBytes() {
    return kibibytes("MemAvailable");
  }

  Optional<Long> containerLimitBytes() {
    return CONTAINER_LIMIT_FILES.stream()
        .flatMap(file -> lines(file).stream())
        .filter(line -> line.matches("[0-9]{1,18}"))
        .map(Long::parseLong)
        .filter(limit -> limit < NO_LIMIT_BYTES)
        .findFirst();
  }

  /** The soft limit of memory that a process may pin. */
  String lockedMemoryLimit() {
    return lines("proc/self/limits").stream()
        .filter(line -> line.startsWith("Max locked memory"))
        .map(line -> line.substring("Max locked memory".length()).strip().split("\\s+", 2)[0])
        .map(soft -> soft.matches("[0-9]{1,18}") ? Sizes.formatBytes(Long.parseLong(soft)) : soft)
        .findFirst()
        .orElse("unknown");
  }

  private Optional<Long> kibibytes(String key) {
    return valueOf("proc/meminfo", key)
        .map(text -> text.split(" ", 2)[0])
        .filter(text -> text.matches("[0-9]{1,15}"))
        .map(text -> 1024 * Long.parseLong(text));
  }

  /** The text behind {@code key :} in the first such line. */
  private Optional<String> valueOf(String file, String key) {
    return lines(file).stream()
        .map(line -> line.split(":", 2))
        .filter(parts -> parts.length == 2 && parts[0].strip().equals(key))
        .map(parts -> parts[1].strip())
        .findFirst();
  }

  private List<String> lines(String file) {
    try (Stream<String> lines = Files.lines(root.resolve(file))) {
      return lines.toList();
    } catch (IOException | UncheckedIOException unreadable) {
      return List.of();
    }
  }
}
