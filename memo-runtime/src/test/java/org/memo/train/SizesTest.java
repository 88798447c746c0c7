package org.memo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizesTest {
  @ParameterizedTest
  @CsvSource({
    "8192, 8192",
    "64K, 65536",
    "64k, 65536",
    "1M, 1048576",
    "1.5K, 1536",
    "2G, 2147483648",
    "0, 0",
    "9223372036854775807, 9223372036854775807"
  })
  void tokensAreCountedInPowersOf1024(String text, long tokens) {
    assertEquals(tokens, Sizes.parseTokens(text).orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "K", "-1", "1.3", "8 tokens", "64KiB", "1e3", "0x10", "9223372036854775808"})
  void whatIsNoNumberOfTokensIsRefused(String text) {
    assertTrue(Sizes.parseTokens(text).isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "100, 100",
    "100B, 100",
    "500MB, 500000000",
    "500mb, 500000000",
    "2GiB, 2147483648",
    "2 GiB, 2147483648",
    "0.5GiB, 536870912",
    "64K, 65536",
    "1M, 1048576",
    "2G, 2147483648",
    "1TB, 1000000000000",
    "1TiB, 1099511627776"
  })
  void bytesHaveBinaryAndDecimalUnits(String text, long sizeBytes) {
    assertEquals(sizeBytes, Sizes.parseBytes(text).orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "GiB", "-1GiB", "1XB", "1iB", "1GB/s", "9000000TiB", "0.3B"})
  void whatIsNoNumberOfBytesIsRefused(String text) {
    assertTrue(Sizes.parseBytes(text).isEmpty());
  }

  @Test
  void sizesAreShownWithThreeDigits() {
    assertEquals("1023 B", Sizes.formatBytes(1023));
    assertEquals("1.00 KiB", Sizes.formatBytes(1024));
    assertEquals("64.0 MiB", Sizes.formatBytes(64L << 20));
    assertEquals("512 GiB", Sizes.formatBytes(512L << 30));
    assertEquals("8.00 EiB", Sizes.formatBytes(Long.MAX_VALUE));
  }
}
