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

  private static final int SAMPLE_PIECES = 4;
  private static final int PIECE_BYTES = 4096;

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

    private boolean packs() {
      return mayBePacked && PackedValues.packs(elementSize);
    }
  }

  /** What {@link #encode} made: the coding and the length in bytes. */
  record Stored(ValueCoding coding, long bytes) {}

  /**
   * Encodes values in place.
   *
   * @param values the raw values; receives the section, which is never longer
   */
  static Stored encode(MemorySegment values, Kind kind, Codec codec, BlobBuffer buffer) {
    long raw = values.byteSize();
    if (codec == Codec.NONE || raw < MIN_BYTES || raw > ValueCoding.MAX_CODED_BYTES) {
      return new Stored(ValueCoding.RAW, raw);
    }
    if (kind.packs() && choosesPacking(values, kind, buffer)) {
      long limit = mostPaying(raw);
      MemorySegment packed = buffer.scratch(0, limit);
      long bytes =
          buffer.packing().encode(values, kind.elementSize, kind.commonBase(), packed, limit);
      if (bytes >= 0) {
        MemorySegment.copy(packed, 0, values, 0, bytes);
        return new Stored(ValueCoding.PACKED, bytes);
      }
    }
    return encodeLz4(values, kind.elementSize, buffer);
  }

  private static Stored encodeLz4(MemorySegment values, int elementSize, BlobBuffer buffer) {
    int raw = (int) values.byteSize();
    ValueCoding coding = chooseBySample(values, elementSize, buffer);
    if (coding == ValueCoding.RAW) {
      return new Stored(coding, raw);
    }
    MemorySegment source = values;
    if (coding == ValueCoding.SHUFFLE_LZ4) {
      source = shuffled(values, elementSize, buffer);
    }
    MemorySegment block = buffer.scratch(0, Lz4.bound(raw));
    int bytes = Lz4.compress(source, block);
    if (!pays(bytes, raw)) {
      return new Stored(ValueCoding.RAW, raw);
    }
    MemorySegment.copy(block, 0, values, 0, bytes);
    return new Stored(coding, bytes);
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
    double lz4 = Math.min(compressed(part, buffer), compressedShuffled(part, size, buffer));
    return lz4 * values.byteSize() / part.byteSize() > wanted;
  }

  private static ValueCoding chooseBySample(
      MemorySegment values, int elementSize, BlobBuffer buffer) {
    boolean shuffle = elementSize > 1 && elementSize <= MAX_SHUFFLED_SIZE;
    MemorySegment sample = sample(values, PIECE_BYTES, shuffle ? elementSize : 1);
    int plain = compressed(sample, buffer);
    int best = shuffle ? Math.min(plain, compressedShuffled(sample, elementSize, buffer)) : plain;
    if (!pays(best, sample.byteSize())) {
      return ValueCoding.RAW;
    }
    return best < plain ? ValueCoding.SHUFFLE_LZ4 : ValueCoding.LZ4;
  }

  private static int compressed(MemorySegment values, BlobBuffer buffer) {
    return Lz4.compress(values, buffer.scratch(0, Lz4.bound((int) values.byteSize())));
  }

  private static int compressedShuffled(MemorySegment values, int elementSize, BlobBuffer buffer) {
    return elementSize == 1
        ? Integer.MAX_VALUE
        : compressed(shuffled(values, elementSize, buffer), buffer);
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
