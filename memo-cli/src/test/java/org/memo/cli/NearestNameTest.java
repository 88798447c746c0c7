package org.memo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NearestNameTest {
  private static final List<String> VALID = List.of("batch-size", "steps", "seed", "lr");

  @Test
  void aMisspeltNameIsRecognised() {
    assertEquals(Optional.of("batch-size"), NearestName.of("batch_size", VALID));
    assertEquals(Optional.of("steps"), NearestName.of("step", VALID));
  }

  @Test
  void aNameLikeNoOtherIsNotGuessed() {
    assertEquals(Optional.empty(), NearestName.of("temperature", VALID));
    assertEquals(Optional.empty(), NearestName.of("", VALID));
  }
}
