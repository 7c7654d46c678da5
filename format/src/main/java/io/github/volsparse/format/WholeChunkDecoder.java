package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;

/**
 * Decodes a sparse blob container by container, directly into the memory for all elements of the
 * chunk. For elements of which 64 fit a block ({@link Unpacker#unpacks}).
 */
final class WholeChunkDecoder extends SelectionReader {
  /** Up to this many elements of a container are copied into memory one by one. */
  private static final int FEW = 512;

  /**
   * If fewer than one in this many elements are defined, memory is filled at once, not container by
   * container.
   */
  private static final int FEW_OF_ALL = 128;

  /** Up to this many runs of a container are copied into memory one by one. */
  private static final int FEW_RUNS = 256;

  /** So many runs are not worth it to fill the gaps between them one by one. */
  private static final int MANY_GAPS = 8;

  /** Runs of this many bytes on average are copied into memory one by one. */
  private static final int LONG_RUN_BYTES = 128;

  private final ValueReader values;
  private final int size;
  private final Fill fill;
  private final long pattern;
  private final MemorySegment dense;
  private boolean isFilled;
  private final Unpacker unpacker;

  /** Elements in the chunk. */
  private long elements;

  /** All before this one are set. */
  private long done;

  /**
   * Prepares to decode.
   *
   * @param section the selection section
   * @param values the blob's values
   * @param dense receives the elements
   * @param isFilled whether that holds fill values already
   */
  WholeChunkDecoder(
      MemorySegment section,
      ValueReader values,
      int elementSize,
      Fill fill,
      MemorySegment dense,
      boolean isFilled) {
    super(section);
    this.values = values;
    this.size = elementSize;
    this.fill = fill;
    this.pattern = fill.pattern();
    this.dense = dense;
    this.isFilled = isFilled;
    this.unpacker = Unpacker.of(elementSize, fill);
  }

  /**
   * Decodes the chunk.
   *
   * @param elements how many it has
   * @param defined how many of them are defined, as the header says
   * @throws CorruptBlobException if the selection is damaged, or the values are
   */
  void decode(long elements, long defined) {
    this.elements = elements;
    if (defined < elements / FEW_OF_ALL) {
      fill(0, elements);
      isFilled = true;
    }
    read(elements, defined);
    fill(done, elements);
  }

  private void fill(long from, long to) {
    if (!isFilled && from < to) {
      fill.fill(dense, from * size, (to - from) * size);
    }
  }

  /** How many elements of the container there are in the chunk; those before it are set then. */
  private int begin(long low) {
    fill(done, low);
    int room = (int) Math.min(SelectionCodec.CONTAINER, elements - low);
    done = low + room;
    return room;
  }

  @Override
  void array(long low, short[] positions, int cardinality) {
    int room = begin(low);
    if (cardinality <= Math.min(FEW, unpacker.blockElements)) {
      fill(low, low + room);
      unpacker.load(values, cardinality);
      unpacker.store(positions, cardinality, dense, low * size);
      return;
    }
    int from = 0;
    for (int base = 0; base < room; base += unpacker.blockElements) {
      int count = Math.min(unpacker.blockElements, room - base);
      int to = from;
      while (to < cardinality && Short.toUnsignedInt(positions[to]) < base + count) {
        to++;
      }
      if (from == to) {
        fill(low + base, low + base + count);
      } else {
        unpacker.load(values, to - from);
        unpacker.fill(pattern);
        unpacker.scatter(positions, from, to, base);
        unpacker.copyOut(count, dense, (low + base) * size);
      }
      from = to;
    }
  }

  @Override
  void bitmap(long low, long[] bits, int cardinality) {
    int room = begin(low);
    int blockWords = unpacker.blockElements / Long.SIZE;
    for (int base = 0; base < room; base += unpacker.blockElements) {
      int word = base / Long.SIZE;
      int found = ContainerBits.count(bits, word, word + blockWords);
      int count = Math.min(unpacker.blockElements, room - base);
      long at = (low + base) * size;
      if (found == 0) {
        fill(low + base, low + base + count);
      } else if (found == count) {
        values.next(dense, at, count);
      } else {
        unpacker.load(values, found);
        unpacker.fill(pattern);
        unpacker.scatter(bits, word, pattern);
        unpacker.copyOut(count, dense, at);
      }
    }
  }

  @Override
  void runs(long low, short[] starts, short[] lengths, int count, int cardinality) {
    int room = begin(low);
    if (count <= FEW_RUNS || (long) cardinality * size >= (long) count * LONG_RUN_BYTES) {
      copyRuns(low, starts, lengths, count, cardinality, room);
      return;
    }
    int run = 0;
    int used = 0; // of that run, in blocks before
    for (int base = 0; base < room; base += unpacker.blockElements) {
      int end = Math.min(room, base + unpacker.blockElements);
      int found = 0;
      int last = run;
      int skipped = used;
      while (last < count && start(starts, last) + skipped < end) {
        int from = start(starts, last) + skipped;
        int to = Math.min(end, from - skipped + length(lengths, last));
        found += to - from;
        if (from - skipped + length(lengths, last) > end) {
          break;
        }
        last++;
        skipped = 0;
      }
      if (found == 0) {
        fill(low + base, low + end);
        continue;
      }
      if (found == end - base) {
        values.next(dense, (low + base) * size, found);
      } else {
        unpacker.load(values, found);
        unpacker.fill(pattern);
        int value = 0;
        for (int i = run; value < found; i++) {
          int from = start(starts, i) + (i == run ? used : 0);
          int to = Math.min(end, start(starts, i) + length(lengths, i));
          unpacker.copyRun(value, from - base, to - from);
          value += to - from;
        }
        unpacker.copyOut(end - base, dense, (low + base) * size);
      }
      run = last;
      used = last < count ? Math.max(0, end - start(starts, last)) : 0;
    }
  }

  private void copyRuns(
      long low, short[] starts, short[] lengths, int count, int cardinality, int room) {
    boolean fillsGaps = count < MANY_GAPS;
    boolean isLoaded = count > 1 && cardinality <= unpacker.blockElements;
    if (isLoaded) {
      unpacker.load(values, cardinality);
    }
    long value = 0;
    if (!fillsGaps) {
      fill(low, low + room);
    }
    long next = low;
    for (int i = 0; i < count; i++) {
      long from = low + start(starts, i);
      if (fillsGaps) {
        fill(next, from);
      }
      int length = length(lengths, i);
      if (isLoaded) {
        Elements.copy(unpacker.loaded(), value * size, dense, from * size, (long) length * size);
        value += length;
      } else {
        values.next(dense, from * size, length);
      }
      next = from + length;
    }
    if (fillsGaps) {
      fill(next, low + room);
    }
  }

  private static int start(short[] starts, int run) {
    return Short.toUnsignedInt(starts[run]);
  }

  private static int length(short[] lengths, int run) {
    return Short.toUnsignedInt(lengths[run]) + 1;
  }
}
