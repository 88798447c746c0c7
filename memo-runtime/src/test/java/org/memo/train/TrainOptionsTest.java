package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memo.UserInputException;
import org.memo.bindings.MissingLibraryException;
import org.memo.data.TokenType;
import org.memo.machine.DeviceName;

class TrainOptionsTest {
  @Test
  void theDefaultsAreThoseThatHelpShows() {
    TrainOptionsBuilder explicit = onFile();
    TrainOption.all()
        .filter(option -> !option.defaultText().isEmpty())
        .forEach(option -> option.set(explicit, List.of(option.defaultText())));

    assertEquals(onFile().device(DeviceName.AUTO).build(), explicit.build());
  }

  @Test
  void everyOptionHasItsOwnKeyAndADescription() {
    List<String> keys = TrainOption.all().map(TrainOption::key).toList();
    assertEquals(keys.size(), keys.stream().distinct().count());
    assertTrue(TrainOption.all().allMatch(option -> option.description().endsWith(".")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "data-type # uint8 # --data-type is 'uint8'; valid is uint16, int32 or bytes",
        "sequence-length # 8KB # --sequence-length is '8KB'; valid is a whole number such as",
        "sequence-length # 0 # --sequence-length is 0; valid is 1 token or more",
        "batch-size # 0 # --batch-size is 0; valid is 1 or more",
        "accumulate # 0 # --accumulate is 0; valid is 1 or more",
        "steps # 0 # --steps is 0; valid is 1 or more",
        "steps # 9000000000G # --steps is '9000000000G'; valid is a whole number",
        "steps # 8000000G # --sequence-length 8192 x --batch-size 1 x --accumulate 1 x --steps",
        "data-order # random # --data-order is 'random'; valid is sequential or shuffled",
        "seed # x # --seed is 'x'; valid is a whole number",
        "optimizer # sgd # --optimizer is sgd, but there is no other optimizer: give adamw",
        "lr # fast # --lr is 'fast'; valid is a number such as 3e-4",
        "lr # NaN # --lr is NaN; valid is a number of 0 or more",
        "lr # -1 # --lr is -1.0; valid is a number of 0 or more",
        "beta1 # 1 # --beta1 is 1.0; valid is a number from 0 to below 1",
        "beta2 # -0.1 # --beta2 is -0.1; valid is a number from 0 to below 1",
        "eps # 0 # --eps is 0.0; valid is a number above 0",
        "weight-decay # -1 # --weight-decay is -1.0; valid is a number of 0 or more",
        "decay # some # --decay is 'some'; valid is matrices or all",
        "schedule # step # --schedule is 'step'; valid is constant, cosine or linear",
        "warmup # -1 # --warmup is '-1'; valid is a whole number",
        "grad-clip # -1 # --grad-clip is -1.0; valid is a number of 0 or more",
        "precision # f16 # --precision is 'f16'; valid is f32 or bf16",
        "device # tpu # --device is 'tpu'; valid is auto, host, cuda or cuda:N",
        "device-memory # 2Gib/s # --device-memory is '2Gib/s'; valid is auto or a size such as",
        "device-memory # 0 # --device-memory is 0; valid is above 0 bytes",
        "host-memory # much # --host-memory is 'much'; valid is auto or a size such as",
        "threads # 0 # --threads is 0; valid is 1 to 1024",
        "threads # 3G # --threads is '3G'; valid is a whole number up to 2147483647",
        "alpha # 1.5 # --alpha is 1.5; valid is auto or a number from 0 to 1",
        "alpha # NaN # --alpha is NaN; valid is auto or a number from 0 to 1",
        "alpha # half # --alpha is 'half'; valid is auto or a number from 0 to 1",
        "tile # 0 # --tile is 0; valid is auto or 1 token or more",
        "tile # some # --tile is 'some'; valid is auto or a whole number",
        "residency # last # --residency is 'last'; valid is auto, none, all, a number of layers",
        "residency # swapped:x # --residency is 'swapped:x'; valid is auto",
        "tile-slots # 1 # --tile-slots is 1; valid is auto or 2 or more",
        "sequence-parallel # 0 # --sequence-parallel is 0; valid is 1 to 65536 ranks",
        "sequence-parallel # 1000000 # --sequence-parallel is 1000000; valid is 1 to 65536 ranks",
        "shard # states # --shard is 'states'; valid is none, optimizer, gradients or parameters",
        "from-scratch # yes # --from-scratch is 'yes'; valid is true or false",
        "checkpoint-every # often # --checkpoint-every is 'often'; valid is a whole number",
      })
  void aWrongValueIsAnsweredWithTheOptionTheValueAndTheValidOnes(
      String key, String given, String message) {
    UserInputException refused =
        assertThrows(UserInputException.class, () -> set(minimal(), key, given).build());
    String answered = String.valueOf(refused.getMessage());
    assertTrue(answered.startsWith(message), answered);
  }

  @Test
  void whatHasNoDefaultMustBeGiven() {
    assertRefused(TrainOptions.builder(), "--model is not given");
    assertRefused(TrainOptions.builder().model("tiny"), "--data is not given");
  }

  @Test
  void aRunWithoutAnOutputGetsAFolderOfItsOwn() {
    TrainOptions options =
        TrainOptions.builder().model("tiny").data("x").device(DeviceName.HOST).build();
    assertTrue(options.output().runFolder().startsWith("runs"));
  }

  @Test
  void cudaIsMissingFromTheEnvironmentNotMistyped() {
    TrainOptionsBuilder builder = set(minimal(), "device", "cuda:4096");
    assertThrows(MissingLibraryException.class, builder::build);
  }

  @Test
  void onlyDataTakesMoreThanOneValue() {
    TrainOption lr = option("lr");
    assertThrows(UserInputException.class, () -> lr.set(minimal(), List.of("1", "2")));
    TrainOptionsBuilder two = minimal();
    option("data").set(two, List.of("a.bin", "b.bin"));
    assertEquals(List.of("a.bin", "b.bin"), two.build().data().sources());
  }

  @Test
  void javaSourcesAreBytesAndAlone() {
    TrainOptions options = minimal().data("java-sources").build();
    assertEquals(TokenType.BYTES, options.data().type());
    assertRefused(minimal().data("java-sources", "x.bin"), "--data is");
    assertRefused(
        minimal().data("java-sources").dataType(TokenType.INT32), "--data-type is int32; valid is");
  }

  @Test
  void theYamlHoldsEveryOptionResolved() {
    TrainOptionsBuilder builder = set(set(minimal(), "sequence-length", "16K"), "lr", "1e-3");
    String yaml = set(builder, "precision", "bf16").build().toYaml();
    for (String line :
        List.of(
            "model: tiny",
            "data:",
            "  - java-sources",
            "data-type: bytes",
            "sequence-length: 16384",
            "lr: 0.001",
            "device: host",
            "device-memory: auto",
            "ring: auto",
            "data-parallel: auto",
            "rank-timeout: \"5m\"",
            "precision: bf16",
            "alpha: auto",
            "output: \"" + Path.of("runs/a b").toAbsolutePath() + "\"")) {
      assertTrue(yaml.lines().anyMatch(line::equals), line + " in\n" + yaml);
    }
  }

  private static TrainOptionsBuilder minimal() {
    return onFile().data("java-sources").dataType(TokenType.BYTES);
  }

  private static TrainOptionsBuilder onFile() {
    return TrainOptions.builder()
        .model("tiny")
        .data("x.bin")
        .device(DeviceName.HOST)
        .output(Path.of("runs/a b"));
  }

  private static TrainOptionsBuilder set(TrainOptionsBuilder builder, String key, String text) {
    option(key).set(builder, List.of(text));
    return builder;
  }

  private static TrainOption option(String key) {
    return TrainOption.all().filter(option -> option.key().equals(key)).findFirst().orElseThrow();
  }

  private static void assertRefused(TrainOptionsBuilder builder, String message) {
    UserInputException refused = assertThrows(UserInputException.class, builder::build);
    String given = String.valueOf(refused.getMessage());
    assertTrue(given.startsWith(message), given);
  }
}
