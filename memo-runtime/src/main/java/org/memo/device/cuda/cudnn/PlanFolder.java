package org.memo.device.cuda.cudnn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Compiled plans on disk, for one version of cuDNN and one kind of GPU: a file for each shape, of
 * about 100 KB. It saves the second that compiling takes. A file that is broken, or that is for
 * another version, GPU or shape, counts as missing; what cannot be written is not kept.
 */
final class PlanFolder {
  private static final int FORMAT = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final long cudnnVersion;
  private final String device;

  /**
   * Plans of one kind of GPU.
   *
   * @param cacheFolder need not exist
   * @param device the GPU's name and compute capability
   */
  PlanFolder(Path cacheFolder, long cudnnVersion, String device) {
    this.cudnnVersion = cudnnVersion;
    this.device = device;
    this.folder =
        cacheFolder
            .resolve("cudnn-plans")
            .resolve(cudnnVersion + "-" + device.replaceAll("[^A-Za-z0-9.]+", "-"));
  }

  /** The plan in cuDNN's JSON. What this returns is byte for byte what was written. */
  Optional<String> read(PlanShape shape) {
    try {
      JsonNode tree = JSON.readTree(Files.readAllBytes(file(shape)));
      String plan = tree.path("plan").asText();
      return tree.equals(envelope(shape, plan)) ? Optional.of(plan) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // missing or no JSON
    }
  }

  void write(PlanShape shape, String plan) {
    try {
      Files.createDirectories(folder);
      // Under a name of its own until it is whole: processes that start together write at once.
      Path partial = Files.createTempFile(folder, shape.name(), ".partial");
      try {
        Files.write(partial, JSON.writeValueAsBytes(envelope(shape, plan)));
        Files.move(partial, file(shape), StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (IOException e) {
      // The next process compiles it again.
    }
  }

  Path file(PlanShape shape) {
    return folder.resolve(shape.name() + ".json");
  }

  /** The checksum keeps a damaged plan, which holds machine code, from being given to cuDNN. */
  private ObjectNode envelope(PlanShape shape, String plan) {
    return JSON.createObjectNode()
        .put("format", FORMAT)
        .put("cudnn", Math.toIntExact(cudnnVersion))
        .put("device", device)
        .put("shape", shape.name())
        .put("sha256", sha256(plan))
        .put("plan", plan);
  }

  private static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new LinkageError("every JDK has SHA-256", e);
    }
  }
}
