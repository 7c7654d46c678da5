package io.github.volsparse.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.config.Configuration.Durable;
import io.github.volsparse.config.Configuration.Layout;
import io.github.volsparse.config.Configuration.Parallel;
import io.github.volsparse.format.ChunkSpec.Keep;
import io.github.volsparse.format.Codec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {
  @ParameterizedTest
  @ValueSource(strings = {"", " ", ";", " ; ;", "under_vol=0;under_info={}"})
  void nothingSaidIsTheDefault(String text) {
    assertEquals(Configuration.DEFAULT, Configuration.parse(text));
  }

  @Test
  void everyKey() {
    Configuration all =
        Configuration.parse(
            " durable=power;threads=3; parallel=sparse; cache = 2GiB;codec=none;keep=written;layout=all;under_vol=517;"
                + "under_info={a=1;b={c;d}}");
    assertEquals(
        new Configuration(
            517,
            "a=1;b={c;d}",
            Layout.ALL,
            Keep.WRITTEN,
            Codec.NONE,
            2L << 30,
            3,
            Parallel.SPARSE,
            Durable.POWER),
        all);
    assertEquals(all, Configuration.parse(all.toString()));
  }

  @Test
  void theLastOfTwoHolds() {
    assertEquals(Layout.CHUNKED, Configuration.parse("layout=all;layout=chunked").layout());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "500000, 500000",
    "7B, 7",
    "64KiB, 65536",
    "64 MiB, 67108864",
    "8589934591GiB, 9223372035781033984",
    "9223372036854775807, 9223372036854775807"
  })
  void sizes(String text, long bytes) {
    assertEquals(bytes, Configuration.parse("cache=" + text).cacheBytes());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cache=9999999999GiB",
        "cache=8589934592GiB",
        "cache=9223372036854775808",
        "cache=99999999999999999999999",
        "cache=",
        "cache=GiB",
        "cache=-1",
        "cache=1.5GiB",
        "cache=64MB",
        "layout=ALL",
        "layout=",
        "keep=all",
        "codec=zstd",
        "threads=0",
        "threads=two",
        "parallel=yes",
        "threads=99999999999",
        "under_vol=-1",
        "under_vol=native",
        "under_info=x",
        "under_info={"
      })
  void badValuesAreNamed(String option) {
    String key = option.substring(0, option.indexOf('='));
    String said = messageOf(option);
    if (!said.contains("brace is not closed")) {
      assertTrue(said.startsWith("option \"" + key + "\" has the value"), said);
    }
  }

  @Test
  void unknownKeysAreNamedAndTheKnownOnesListed() {
    String said = messageOf("layot=all");
    assertTrue(said.contains("\"layot\"") && said.contains("layout"), said);
    assertTrue(messageOf("all").contains("key=value"));
    assertTrue(messageOf("under_info={}}").contains("closing brace without an opening one"));
  }

  private static String messageOf(String text) {
    return assertThrows(IllegalArgumentException.class, () -> Configuration.parse(text))
        .getMessage();
  }
}
