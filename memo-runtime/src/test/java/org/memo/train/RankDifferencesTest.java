package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.memo.UserInputException;

class RankDifferencesTest {
  private final RankDifferences differences = new RankDifferences();

  @Test
  void ranksThatAreAlikePass() {
    differences.compare("data", List.of("a\nb", "a\nb"));
    differences.requireNone();
  }

  @Test
  void allRanksThatDifferAreNamedWithTheFirstDifferenceOfEachKind() {
    differences.compare("configuration", List.of("a\nb", "a\nx", "a\nb", "a\ny", "z", "a\nb"));
    differences.compare("data", List.of("d", "d", "d", "d", "d", ""));
    assertRefused(
        "ranks 1, 3-4 have another configuration than rank 0: rank 1 has 'x' where rank 0 has 'b';"
            + " rank 5 has another data than rank 0: '' where rank 0 has 'd'; start all ranks"
            + " alike");
  }

  @Test
  void rankZeroIsNamedWhereTheOthersAgree() {
    differences.compare("model", List.of("tiny", "llama-1b", "llama-1b"));
    assertRefused(
        "rank 0 has another model than rank 1: 'tiny' where rank 1 has 'llama-1b'; start all ranks"
            + " alike");
  }

  @Test
  void ofEquallyManyTheFirstCountAsRight() {
    differences.compare("plan", List.of("a", "b"));
    assertRefused(
        "rank 1 has another plan than rank 0: 'b' where rank 0 has 'a'; start all ranks alike");
  }

  private void assertRefused(String message) {
    UserInputException refused = assertThrows(UserInputException.class, differences::requireNone);
    assertEquals(message, refused.getMessage());
  }
}
