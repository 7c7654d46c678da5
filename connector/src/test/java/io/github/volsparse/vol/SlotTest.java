package io.github.volsparse.vol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SlotTest {
  @Test
  void theOrderIsThatOfThePlugin() throws IOException {
    String header = Files.readString(Path.of("..", "native-shim", "src", "slots.h"));
    List<String> slots =
        Pattern.compile("\\bX\\(([A-Z_]+)\\)")
            .matcher(header)
            .results()
            .map((MatchResult slot) -> slot.group(1))
            .toList();
    assertEquals(slots, Arrays.stream(Slot.values()).map(Slot::name).toList());
  }
}
