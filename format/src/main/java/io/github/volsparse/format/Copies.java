package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;

/**
 * Joins copies that are contiguous on both sides: elements that were written together are often
 * read together. A copy is delayed until the next one does not continue it.
 */
final class Copies {
  private final MemorySegment source;
  private final MemorySegment target;
  private long from;
  private long to;
  private long bytes;

  Copies(MemorySegment source, MemorySegment target) {
    this.source = source;
    this.target = target;
  }

  void add(long nextFrom, long nextTo, long nextBytes) {
    if (nextFrom != from + bytes || nextTo != to + bytes) {
      finish();
      from = nextFrom;
      to = nextTo;
    }
    bytes += nextBytes;
  }

  void finish() {
    Elements.copy(source, from, target, to, bytes);
    bytes = 0;
  }
}
