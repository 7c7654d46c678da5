package io.github.volsparse.tool.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumbersTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.00 KiB",
    "1536, 1.50 KiB",
    "10240, 10.0 KiB",
    "1048575, 1024 KiB",
    "268435456, 256 MiB",
    "9223372036854775807, 8.00 EiB"
  })
  void sizesHaveThreeDigits(long bytes, String text) {
    assertEquals(text, Numbers.bytes(bytes));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 5, 0.00 %",
    "0, 0, 0 %",
    "1, 2, 50.0 %",
    "1, 10000, 0.01 %",
    "1, 100000, 1.0e-03 %"
  })
  void sharesAreNeverRoundedToNothing(double part, double whole, String text) {
    assertEquals(text, Numbers.percent(part, whole));
  }

  @Test
  void numbersAreTheSameInEveryLocale() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.GERMANY);
      assertEquals("1.50 KiB", Numbers.bytes(1536));
      assertEquals("12.5", Numbers.factor(25, 2));
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void lengthsCoordinatesAndCounts() {
    assertEquals("scalar", Numbers.lengths(new long[0]));
    assertEquals("3 x unlimited", Numbers.lengths(new long[] {3, -1}));
    assertEquals("3,0,512", Numbers.coordinates(new long[] {3, 0, 512}));
    assertEquals("1 chunk", Numbers.count(1, "chunk"));
    assertEquals("0 chunks", Numbers.count(0, "chunk"));
    assertEquals("∞", Numbers.factor(5, 0));
  }
}
