package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The example in docs/format.md is what the encoder makes. */
class FormatDocumentTest {

  /** That of the dataset that the document's program makes. */
  private static final long IDENTITY = 0x214a634cc56ada77L;

  private static final Path DOCUMENT =
      Path.of(System.getProperty("basedir", "."), "..", "docs", "format.md");

  @Test
  void hexdumpIsTheEncodersWork() throws IOException {
    assertEquals(hexdump(example()), hexdumpIn(Files.readAllLines(DOCUMENT)));
  }

  /** 4 x 8 shorts, fill value 65535; (0, 5) to (0, 7) are 7, 8 and 9, (2, 4) is 1000. */
  private static byte[] example() {
    ChunkSpec spec = new ChunkSpec(32, 2, new byte[] {-1, -1}, Keep.NONFILL);
    MemorySegment elements = MemorySegment.ofArray(new byte[64]).fill((byte) -1);
    for (short column = 5; column <= 7; column++) {
      elements.set(Elements.SHORT, 2L * column, (short) (column + 2));
    }
    elements.set(Elements.SHORT, 2 * (2 * 8 + 4), (short) 1000);
    BlobBuffer buffer = new BlobBuffer();
    Binding binding = Binding.toDataset(IDENTITY).toChunk(new long[2]);
    SparseBlob.encodeElements(spec, binding, elements, Codec.LZ4, buffer);
    return buffer.blob().toArray(Elements.BYTE);
  }

  private static String hexdumpIn(List<String> document) {
    return document.stream()
        .filter(line -> line.matches("[0-9a-f]{8}  .*"))
        .collect(Collectors.joining("\n"));
  }

  /** The same lines as {@code hexdump -C}. */
  private static String hexdump(byte[] bytes) {
    return Stream.iterate(0, at -> at < bytes.length, at -> at + 16)
        .map(at -> "%08x  %s|%s|".formatted(at, hex(bytes, at), text(bytes, at)))
        .collect(Collectors.joining("\n"));
  }

  private static String hex(byte[] bytes, int from) {
    StringBuilder line = new StringBuilder();
    for (int at = from; at < from + 16; at++) {
      line.append(at < bytes.length ? "%02x ".formatted(bytes[at]) : "   ");
      line.append(at % 8 == 7 ? " " : "");
    }
    return line.toString();
  }

  private static String text(byte[] bytes, int from) {
    StringBuilder line = new StringBuilder();
    for (int at = from; at < Math.min(from + 16, bytes.length); at++) {
      line.append(bytes[at] >= ' ' && bytes[at] < 0x7F ? (char) bytes[at] : '.');
    }
    return line.toString();
  }
}
