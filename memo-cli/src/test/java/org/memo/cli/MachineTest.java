package org.memo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {
  @TempDir private Path root;

  @Test
  void theFilesOfLinuxAreRead() throws IOException {
    write("proc/cpuinfo", "processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: fpu avx2 fma\n");
    write("proc/meminfo", "MemTotal:       2048 kB\nMemAvailable:    1024 kB\n");
    write("proc/self/limits", "Limit   Soft\nMax locked memory         65536     65536    bytes\n");
    write("sys/fs/cgroup/memory.max", "1073741824\n");

    Machine machine = new Machine(root);

    assertEquals("Some CPU", machine.processor());
    assertEquals(List.of("avx2", "fma"), machine.instructionSets());
    assertEquals(Optional.of(2L << 20), machine.memoryBytes());
    assertEquals(Optional.of(1L << 20), machine.freeMemoryBytes());
    assertEquals("64.0 KiB", machine.lockedMemoryLimit());
    assertEquals(Optional.of(1L << 30), machine.containerLimitBytes());
  }

  @Test
  void noLimitIsShownAsNone() throws IOException {
    write("proc/self/limits", "Max locked memory         unlimited    unlimited    bytes\n");
    write("sys/fs/cgroup/memory.max", "max\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");

    assertEquals("unlimited", new Machine(root).lockedMemoryLimit());
    assertEquals(Optional.empty(), new Machine(root).containerLimitBytes());
  }

  @Test
  void anotherSystemHasNoAnswers() {
    Machine machine = new Machine(root);
    assertEquals("unknown processor", machine.processor());
    assertEquals("unknown", machine.lockedMemoryLimit());
    assertEquals(Optional.empty(), machine.memoryBytes());
  }

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }
}
