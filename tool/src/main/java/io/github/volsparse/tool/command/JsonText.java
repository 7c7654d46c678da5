package io.github.volsparse.tool.command;

import com.grack.nanojson.JsonWriter;
import java.util.Arrays;
import java.util.List;

/** What commands print with {@code --json}: maps, lists, texts, numbers, true, false and null. */
final class JsonText {
  private JsonText() {}

  static void print(Object value) {
    System.out.println(JsonWriter.indent("  ").string().value(value).done());
  }

  /** Numbers as a list; null stays null. */
  static List<Long> list(long[] numbers) {
    return numbers == null ? null : Arrays.stream(numbers).boxed().toList();
  }
}
