package io.github.volsparse.selection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

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
    forEachRun(selection, fromOrdinal, length, (offset, n) -> runs.add(offset + "x" + n));
    return runs;
  }

  /**
   * Visits the elements with ordinals {@code fromOrdinal} to {@code fromOrdinal + length - 1} as
   * runs over the extent, in order. Runs are maximal within that range.
   *
   * @throws IndexOutOfBoundsException if the range is not within the selection
   */
  static void forEachRun(Selection selection, long fromOrdinal, long length, RunVisitor visitor) {
    Objects.checkFromIndexSize(fromOrdinal, length, selection.count());
    if (length == 0) {
      return;
    }
    RunCursor cursor = selection.cursor();
    cursor.seek(fromOrdinal);
    long runOffset = cursor.offset();
    long runLength = Math.min(cursor.available(), length);
    long remaining = length - runLength;
    while (remaining > 0) {
      cursor.seek(fromOrdinal + length - remaining);
      long step = Math.min(cursor.available(), remaining);
      if (cursor.offset() == runOffset + runLength) {
        runLength += step;
      } else {
        visitor.visit(runOffset, runLength);
        runOffset = cursor.offset();
        runLength = step;
      }
      remaining -= step;
    }
    visitor.visit(runOffset, runLength);
  }
}
