package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * How far the tensors of one safetensors file are from another's, in L2. It reads F32 files by
 * itself, so that a mistake of the reader under test cannot hide.
 *
 * @param relativeL2 of all tensors together
 * @param worstTensor the tensor with the largest relative L2 of its own
 * @param worstRelativeL2 of that tensor
 */
record WeightError(double relativeL2, String worstTensor, double worstRelativeL2) {

  /** The error of {@code file}, which must hold exactly the tensors of {@code reference}. */
  static WeightError of(Path file, Path reference) throws IOException {
    Map<String, FloatBuffer> given = read(file);
    Map<String, FloatBuffer> expected = read(reference);
    assertEquals(expected.keySet(), given.keySet());
    double totalError = 0;
    double totalNorm = 0;
    String worst = "";
    double worstRelative = -1;
    for (Map.Entry<String, FloatBuffer> tensor : expected.entrySet()) {
      String name = tensor.getKey();
      FloatBuffer values = Objects.requireNonNull(given.get(name));
      double error = squaredDistance(values, tensor.getValue());
      double norm = squaredNorm(tensor.getValue());
      totalError += error;
      totalNorm += norm;
      if (Math.sqrt(error / norm) > worstRelative) {
        worst = name;
        worstRelative = Math.sqrt(error / norm);
      }
    }
    return new WeightError(Math.sqrt(totalError / totalNorm), worst, worstRelative);
  }

  private static Map<String, FloatBuffer> read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int headerBytes = Math.toIntExact(bytes.getLong(0));
    JsonNode header = new ObjectMapper().readTree(bytes.array(), Long.BYTES, headerBytes);
    Map<String, FloatBuffer> tensors = new HashMap<>();
    header
        .properties()
        .forEach(tensor -> {
          if (!tensor.getKey().equals("__metadata__")) {
            assertEquals("F32", tensor.getValue().get("dtype").asText(), tensor.getKey());
            int data = Long.BYTES + headerBytes;
            JsonNode offsets = tensor.getValue().get("data_offsets");
            int begin = data + offsets.get(0).intValue();
            int end = data + offsets.get(1).intValue();
            ByteBuffer values = bytes.slice(begin, end - begin).order(bytes.order());
            tensors.put(tensor.getKey(), values.asFloatBuffer());
          }
        });
    return tensors;
  }

  private static double squaredDistance(FloatBuffer one, FloatBuffer other) {
    assertEquals(other.limit(), one.limit());
    double sum = 0;
    for (int i = 0; i < one.limit(); i++) {
      double difference = (double) one.get(i) - other.get(i);
      sum += difference * difference;
    }
    return sum;
  }

  private static double squaredNorm(FloatBuffer values) {
    double sum = 0;
    for (int i = 0; i < values.limit(); i++) {
      sum += (double) values.get(i) * values.get(i);
    }
    return sum;
  }
}
