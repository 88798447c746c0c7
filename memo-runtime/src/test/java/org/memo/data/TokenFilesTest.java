package org.memo.data;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memo.UserInputException;

class TokenFilesTest {
  @TempDir private Path temporary;
  private TokenFolder folder;

  @BeforeEach
  void makeFolder() {
    folder = new TokenFolder(temporary);
  }

  @Test
  void aMissingFileIsRefused() {
    assertRefused(temporary.resolve("no.bin"), TokenType.UINT16, "no.bin does not exist");
  }

  @Test
  void aFolderIsRefused() {
    assertRefused(temporary, TokenType.BYTES, " is a folder; a file is needed");
  }

  @Test
  void aFileThatEndsWithinATokenIsRefused() throws IOException {
    assertRefused(
        folder.write("x.bin", new byte[7]),
        TokenType.INT32,
        "x.bin has 7 bytes, which is not a multiple of the 4 bytes of a token");
  }

  @Test
  void aMaskOfAnotherLengthIsRefused() throws IOException {
    Path file = folder.uint16("x.bin", 1, 2, 3);
    folder.mask("x.mask", 1, 1);
    assertRefused(file, TokenType.UINT16, "x.mask has 2 bytes; valid is a byte for each of the 3");
  }

  @Test
  void aMaskOfAnotherValueIsRefused() throws IOException {
    Path file = folder.uint16("x.bin", 1, 2, 3);
    folder.mask("x.mask", 1, 0, 255);
    assertRefused(file, TokenType.UINT16, "x.mask: byte 2 is 255; valid is 0 or 1");
  }

  @Test
  void documentsWithoutAnyOffsetAreRefused() throws IOException {
    Path file = folder.uint16("x.bin", 1, 2, 3);
    folder.docs("x.docs");
    assertRefused(file, TokenType.UINT16, "x.docs has 0 bytes");
  }

  @Test
  void documentsThatEndWithinAnOffsetAreRefused() throws IOException {
    Path file = folder.uint16("x.bin", 1, 2, 3);
    folder.write("x.docs", new byte[12]);
    assertRefused(file, TokenType.UINT16, "x.docs has 12 bytes");
  }

  @Test
  void documentsThatDoNotStartAtTheFirstTokenAreRefused() throws IOException {
    Path file = folder.uint16("x.bin", 1, 2, 3);
    folder.docs("x.docs", 1, 2);
    assertRefused(file, TokenType.UINT16, "x.docs: offset 0 is 1; valid is 0");
  }

  @Test
  void documentsOutOfOrderAreRefused() throws IOException {
    Path file = folder.uint16("x.bin", 1, 2, 3);
    folder.docs("x.docs", 0, 2, 2);
    assertRefused(file, TokenType.UINT16, "x.docs: offset 2 is 2; valid is above 2");
  }

  @Test
  void aDocumentBehindTheLastTokenIsRefused() throws IOException {
    Path file = folder.uint16("x.bin", 1, 2, 3);
    folder.docs("x.docs", 0, 3);
    assertRefused(
        file, TokenType.UINT16, "x.docs: offset 1 is 3; valid is above 0, the one before it, and");
  }

  @Test
  void aTokenOutsideTheVocabularyIsRefusedWithItsPlace() throws IOException {
    Path good = folder.uint16("good.bin", 1, 99);
    Path bad = folder.uint16("bad.bin", 1, 99, 100, 400);
    try (TokenFiles files = TokenFiles.open(List.of(good, bad), TokenType.UINT16)) {
      assertDoesNotThrow(() -> files.requireTokensBelow(401));
      UserInputException refused =
          assertThrows(UserInputException.class, () -> files.requireTokensBelow(100));
      assertEquals(
          bad + ": token 2 is 100, outside the model's vocabulary [0, 100)", refused.getMessage());
    }
  }

  @Test
  void aNegativeTokenIsRefusedWhateverTheVocabulary() throws IOException {
    int[] tokens = new int[200_000];
    tokens[150_001] = -7;
    Path file = folder.int32("x.bin", tokens);
    try (TokenFiles files = TokenFiles.open(List.of(file), TokenType.INT32)) {
      UserInputException refused =
          assertThrows(UserInputException.class, () -> files.requireTokensBelow(1L << 31));
      assertEquals(
          file + ": token 150001 is -7, outside the model's vocabulary [0, 2147483648)",
          refused.getMessage());
    }
  }

  @Test
  void theEndOfDocumentNeedsAPlaceInTheVocabulary() throws IOException {
    Path file = folder.write("x.txt", new byte[] {1, 2});
    try (TokenFiles files = TokenFiles.open(List.of(file), TokenType.BYTES)) {
      assertEquals(3, files.numTokens());
      assertDoesNotThrow(() -> files.requireTokensBelow(257));
      assertThrows(UserInputException.class, () -> files.requireTokensBelow(256));
    }
  }

  @Test
  void aFileIsNotItsOwnSidecar() throws IOException {
    Path file = folder.write("notes.docs", new byte[] {1, 2, 3});
    try (TokenFiles files = TokenFiles.open(List.of(file), TokenType.BYTES)) {
      assertEquals(4, files.numTokens());
    }
  }

  @Test
  void aFileWithoutExtensionHasItsSidecarsAppended() throws IOException {
    Path file = folder.write("notes", new byte[] {1, 2, 3});
    folder.mask("notes.mask", 7);
    assertRefused(file, TokenType.BYTES, "notes.mask has 1 bytes");
  }

  @Test
  void closingTwiceIsAllowed() throws IOException {
    TokenFiles files = TokenFiles.open(List.of(folder.uint16("x.bin", 1)), TokenType.UINT16);
    files.close();
    files.close();
  }

  private static void assertRefused(Path file, TokenType type, String message) {
    UserInputException refused =
        assertThrows(UserInputException.class, () -> TokenFiles.open(List.of(file), type).close());
    String given = String.valueOf(refused.getMessage());
    assertEquals(true, given.contains(message), given);
  }
}
