package io.github.volsparse.selection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a selection answers, as text that a test can spell out. */
final class SelectionText {
  private SelectionText() {}

  /** Chunks in the order visited: scaled coordinates, then {@code position@ordinalxlength}. */
  static List<String> chunks(Selection selection, ChunkGrid grid) {
    List<String> chunks = new ArrayList<>();
    selection.forEachChunk(
        grid,
        (scaled, runs) -> {
          StringBuilder chunk = new StringBuilder(Arrays.toString(scaled));
          for (int i = 0; i < runs.size(); i++) {
            chunk.append(" %d@%dx%d".formatted(runs.position(i), runs.ordinal(i), runs.length(i)));
          }
          chunks.add(chunk.toString());
        });
    return chunks;
  }

  /** Runs over the extent: {@code offsetxlength}. */
  static List<String> runs(Selection selection, long fromOrdinal, long length) {
    List<String> runs = new ArrayList<>();
    selection.forEachRun(fromOrdinal, length, (offset, n) -> runs.add(offset + "x" + n));
    return runs;
  }
}
