package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;

/**
 * Chooses the coding of a blob's values, and encodes them: packed in few bits, as one LZ4 block of
 * them, as one LZ4 block of them byte-shuffled, or as they are.
 *
 * <p>The encoder decides on a sample: all values up to 16 KiB, else four pieces of 4 KiB at equal
 * distances. A coding pays off if it saves a sixteenth of it.
 *
 * <p>Packing is tried first, because it is much faster than LZ4. If it pays off, LZ4 is skipped if
 * it could not make the blob smaller by a tenth. Otherwise it is tried on a quarter of the sample,
 * and used if it makes the blob smaller by a tenth. If packing does not pay off, the sample is
 * compressed plain and, for elements of 2 to 64 bytes, shuffled; the smaller result decides the
 * coding, plain in a tie. The whole section is then stored in this coding if it saves a sixteenth,
 * otherwise raw. So random detector pixels cost a few microseconds and are not compressed. The
 * choice depends only on the values and the preceding bytes of the blob.
 */
final class ValueCodec {

  /** Shorter sections stay raw: there is nothing to win. */
  private static final int MIN_BYTES = 64;

  static final int SAMPLE_PIECES = 4;
  static final int PIECE_BYTES = 4096;

  /** Pieces of the sample on which LZ4 is tried where packing pays. */
  private static final int SHORT_PIECE_BYTES = 1024;

  /** Larger elements are records, whose bytes do not line up; transposing them is slow, too. */
  private static final int MAX_SHUFFLED_SIZE = 64;

  /** A coding must save one part in this many. */
  private static final int MIN_SAVING = 16;

  /** LZ4 in place of packing must save one part in this many of the blob. */
  private static final int LZ4_SAVING = 10;

  private ValueCodec() {}

  /**
   * What is known of values before they are encoded.
   *
   * @param elementSize bytes of each
   * @param areNotZero whether none is zero
   * @param mayBePacked whether the blob's version has packed values
   * @param head bytes of the blob before them
   */
  record Kind(int elementSize, boolean areNotZero, boolean mayBePacked, long head) {
    private long commonBase() {
      return areNotZero ? 1 : 0;
    }

    boolean packs() {
      return mayBePacked && PackedValues.packs(elementSize);
    }
  }

  /** What {@link #encode} made: the coding and the length in bytes. */
  record Stored(ValueCoding coding, long bytes) {}

  /**
   * Encodes values.
   *
   * @param values the raw values. A program may write to them meanwhile: what is compressed is a
   *     copy, of which LZ4 makes a valid block.
   * @param section receives them encoded, which is never longer; is the same memory, or does not
   *     overlap it
   */
  static Stored encode(
      MemorySegment values, MemorySegment section, Kind kind, Codec codec, BlobBuffer buffer) {
    long raw = values.byteSize();
    boolean mayCode = codec != Codec.NONE && raw >= MIN_BYTES && raw <= ValueCoding.MAX_CODED_BYTES;
    MemorySegment source = values;
    if (raw <= (long) SAMPLE_PIECES * PIECE_BYTES) {
      source = moved(values, section); // the sample would be no copy
    }
    if (mayCode && kind.packs() && choosesPacking(source, kind, buffer)) {
      long limit = mostPaying(raw);
      boolean inPlace = source.equals(section);
      MemorySegment packed = inPlace ? buffer.scratch(0, limit) : section;
      long bytes =
          buffer.packing().encode(source, kind.elementSize, kind.commonBase(), packed, limit);
      if (bytes >= 0) {
        if (inPlace) {
          MemorySegment.copy(packed, 0, section, 0, bytes);
        }
        return new Stored(ValueCoding.PACKED, bytes);
      }
    }
    moved(source, section);
    Compressed block = mayCode ? compressed(section, kind.elementSize, buffer) : null;
    if (block == null) {
      return new Stored(ValueCoding.RAW, raw);
    }
    MemorySegment.copy(block.bytes, 0, section, 0, block.bytes.byteSize());
    return new Stored(block.coding, block.bytes.byteSize());
  }

  private static MemorySegment moved(MemorySegment values, MemorySegment section) {
    return values.equals(section) ? section : section.copyFrom(values);
  }

  /** Values as one LZ4 block, in the first piece of scratch memory. */
  private record Compressed(ValueCoding coding, MemorySegment bytes) {}

  /** Compresses values as it is best for a sample of them; null if this does not pay. */
  private static Compressed compressed(MemorySegment values, int elementSize, BlobBuffer buffer) {
    boolean mayShuffle = elementSize > 1 && elementSize <= MAX_SHUFFLED_SIZE;
    MemorySegment sample = sample(values, PIECE_BYTES, mayShuffle ? elementSize : 1);
    Compressed best = smaller(sample, elementSize, mayShuffle, buffer);
    if (!pays(best.bytes.byteSize(), sample.byteSize())) {
      return null;
    }
    if (sample == values) {
      return best;
    }
    boolean isShuffled = best.coding == ValueCoding.SHUFFLE_LZ4;
    MemorySegment source = isShuffled ? shuffled(values, elementSize, buffer) : values;
    MemorySegment all = buffer.scratch(0, Lz4.bound((int) values.byteSize()));
    MemorySegment block = compress(source, all);
    return pays(block.byteSize(), values.byteSize()) ? new Compressed(best.coding, block) : null;
  }

  /** Compresses values plain and, if they may be, shuffled; the smaller result. */
  private static Compressed smaller(
      MemorySegment values, int elementSize, boolean mayShuffle, BlobBuffer buffer) {
    long bound = Lz4.bound((int) values.byteSize());
    MemorySegment room = buffer.scratch(0, mayShuffle ? 2 * bound : bound);
    MemorySegment plain = compress(values, room.asSlice(0, bound));
    if (mayShuffle) {
      MemorySegment shuffled =
          compress(shuffled(values, elementSize, buffer), room.asSlice(bound, bound));
      if (shuffled.byteSize() < plain.byteSize()) {
        return new Compressed(ValueCoding.SHUFFLE_LZ4, shuffled);
      }
    }
    return new Compressed(ValueCoding.LZ4, plain);
  }

  private static MemorySegment compress(MemorySegment values, MemorySegment room) {
    return room.asSlice(0, Lz4.compress(values, room));
  }

  /** About how many bytes values take when they are packed; 0 if that is not chosen for them. */
  static double packedBytes(MemorySegment values, Kind kind, BlobBuffer buffer) {
    if (!kind.packs() || values.byteSize() > ValueCoding.MAX_CODED_BYTES) {
      return 0;
    }
    MemorySegment sample = sample(values, PIECE_BYTES, kind.elementSize);
    long packed = buffer.packing().plan(sample, kind.elementSize, kind.commonBase());
    return pays(packed, sample.byteSize())
        ? packed * ((double) values.byteSize() / sample.byteSize())
        : 0;
  }

  /** Whether packing pays, and LZ4 would not make a smaller blob by far. */
  private static boolean choosesPacking(MemorySegment values, Kind kind, BlobBuffer buffer) {
    int size = kind.elementSize;
    double packed = packedBytes(values, kind, buffer);
    if (packed == 0) {
      return false;
    }
    double wanted = (kind.head + packed) * (1 - 1.0 / LZ4_SAVING) - kind.head;
    if (wanted <= 0) {
      return true;
    }
    MemorySegment part = sample(values, SHORT_PIECE_BYTES, size);
    long lz4 = smaller(part, size, size > 1, buffer).bytes.byteSize();
    return (double) lz4 * values.byteSize() / part.byteSize() > wanted;
  }

  private static MemorySegment sample(MemorySegment values, int pieceBytes, int unit) {
    if (values.byteSize() <= (long) SAMPLE_PIECES * pieceBytes) {
      return values;
    }
    int piece = pieceBytes / unit * unit;
    long distance = (values.byteSize() - piece) / (SAMPLE_PIECES - 1) / unit * unit;
    MemorySegment sample = MemorySegment.ofArray(new byte[SAMPLE_PIECES * piece]);
    for (int i = 0; i < SAMPLE_PIECES; i++) {
      MemorySegment.copy(values, i * distance, sample, (long) i * piece, piece);
    }
    return sample;
  }

  /** The values shuffled, in the second piece of scratch memory. */
  private static MemorySegment shuffled(MemorySegment values, int elementSize, BlobBuffer buffer) {
    MemorySegment shuffled = buffer.scratch(1, values.byteSize()).asSlice(0, values.byteSize());
    Shuffle.shuffle(values, elementSize, shuffled);
    return shuffled;
  }

  private static boolean pays(long compressed, long raw) {
    return compressed <= mostPaying(raw);
  }

  private static long mostPaying(long raw) {
    return raw - raw / MIN_SAVING;
  }
}
