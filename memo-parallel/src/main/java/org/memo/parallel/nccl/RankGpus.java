package org.memo.parallel.nccl;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.memo.UserInputException;
import org.memo.bindings.cudart.CudaRuntime;

/** Which GPU each rank has. */
final class RankGpus {
  /** Tells machines apart, containers of one machine not. */
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  private RankGpus() {}

  /**
   * All ranks call it.
   *
   * @throws UserInputException where two ranks have the same GPU and NCCL is not told that they may
   */
  static void requireOneEach(NcclControl control, int device) {
    String mine = machine() + " " + CudaRuntime.pciBusId(device);
    List<byte[]> all =
        control.exchange("the GPUs of the ranks", mine.getBytes(StandardCharsets.UTF_8));
    if (!"1".equals(System.getenv("NCCL_MULTI_RANK_GPU_ENABLE"))) {
      requireOneEach(all.stream().map(gpu -> new String(gpu, StandardCharsets.UTF_8)).toList());
    }
  }

  /**
   * @param gpus of the ranks: the machine, and where the GPU sits there
   */
  static void requireOneEach(List<String> gpus) {
    Map<String, Integer> ranks = new HashMap<>();
    for (int rank = 0; rank < gpus.size(); rank++) {
      Integer other = ranks.putIfAbsent(gpus.get(rank), rank);
      if (other != null) {
        throw new UserInputException(
            "ranks %d and %d have the same GPU, %s; valid is a GPU for each rank, any number of ranks with --device host, or NCCL_MULTI_RANK_GPU_ENABLE=1, which lets ranks share a GPU"
                .formatted(other, rank, gpus.get(rank).split(" ", -1)[1]));
      }
    }
  }

  private static String machine() {
    try {
      return Files.readString(BOOT_ID).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(BOOT_ID + " cannot be read", e);
    }
  }
}
