package io.github.volsparse.format;

import io.github.volsparse.format.SparseBlob.ValueCoding;
import java.lang.foreign.MemorySegment;

/**
 * The values section of a blob: packed elements as they are, or as one LZ4 block of them, or as one
 * LZ4 block of them byte-shuffled.
 *
 * <p>The encoder decides on a sample: all values up to 16 KiB, else four pieces of 4 KiB at equal
 * distances. It compresses the sample plain and, for elements of 2 to 64 bytes, shuffled; the
 * smaller result names the coding, plain in a tie, and unless it saves a sixteenth the values are
 * stored raw. The whole section is then compressed in that coding, and again stored raw unless it
 * saves a sixteenth. Random detector pixels so cost a few microseconds and are not compressed. The
 * choice depends on nothing but the values.
 */
final class ValueCodec {

  /** Longer sections stay raw: LZ4 ends near 2 GiB. */
  static final long MAX_COMPRESSED_BYTES = 1L << 30;

  /** Shorter sections stay raw: there is nothing to win. */
  private static final int MIN_BYTES = 64;

  private static final int SAMPLE_PIECES = 4;
  private static final int PIECE_BYTES = 4096;

  /** Larger elements are records, whose bytes do not line up; transposing them is slow, too. */
  private static final int MAX_SHUFFLED_SIZE = 64;

  /** A coding must save one part in this many. */
  private static final int MIN_SAVING = 16;

  private ValueCodec() {}

  /** What {@link #encode} made: the coding and the length in bytes. */
  record Stored(ValueCoding coding, long bytes) {}

  /**
   * Encodes values in place.
   *
   * @param values the raw values; receives the section, which is never longer
   */
  static Stored encode(MemorySegment values, int elementSize, Codec codec, BlobBuffer buffer) {
    long raw = values.byteSize();
    if (codec == Codec.NONE || raw < MIN_BYTES || raw > MAX_COMPRESSED_BYTES) {
      return new Stored(ValueCoding.RAW, raw);
    }
    ValueCoding coding = chooseBySample(values, elementSize, buffer);
    if (coding == ValueCoding.RAW) {
      return new Stored(coding, raw);
    }
    int length = (int) raw;
    MemorySegment source = values;
    if (coding == ValueCoding.SHUFFLE_LZ4) {
      source = shuffled(values, elementSize, buffer);
    }
    MemorySegment block = buffer.scratch(0, Lz4.bound(length));
    int bytes = Lz4.compress(source, block);
    if (!pays(bytes, length)) {
      return new Stored(ValueCoding.RAW, raw);
    }
    MemorySegment.copy(block, 0, values, 0, bytes);
    return new Stored(coding, bytes);
  }

  private static ValueCoding chooseBySample(
      MemorySegment values, int elementSize, BlobBuffer buffer) {
    boolean shuffle = elementSize > 1 && elementSize <= MAX_SHUFFLED_SIZE;
    MemorySegment sample = sample(values, shuffle ? elementSize : 1);
    int length = (int) sample.byteSize();
    int plain = Lz4.compress(sample, buffer.scratch(0, Lz4.bound(length)));
    int best = plain;
    if (shuffle) {
      MemorySegment shuffled = shuffled(sample, elementSize, buffer);
      best = Math.min(plain, Lz4.compress(shuffled, buffer.scratch(0, Lz4.bound(length))));
    }
    if (!pays(best, length)) {
      return ValueCoding.RAW;
    }
    return best < plain ? ValueCoding.SHUFFLE_LZ4 : ValueCoding.LZ4;
  }

  private static MemorySegment sample(MemorySegment values, int unit) {
    if (values.byteSize() <= SAMPLE_PIECES * PIECE_BYTES) {
      return values;
    }
    int piece = PIECE_BYTES / unit * unit;
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

  private static boolean pays(int compressed, int raw) {
    return compressed <= raw - raw / MIN_SAVING;
  }

  /**
   * Decodes a values section into memory.
   *
   * @param section exactly the section
   * @param values receives the packed values: as many bytes as it must decode to, which the caller
   *     has checked against the section's length
   * @throws CorruptBlobException if the section is not what the coding says
   */
  static void decode(
      MemorySegment section, ValueCoding coding, int elementSize, MemorySegment values) {
    switch (coding) {
      case RAW -> values.copyFrom(section);
      case LZ4 -> Lz4.decompress(section, values);
      case SHUFFLE_LZ4 -> {
        Block shuffled = Block.of(values.byteSize());
        try {
          Lz4.decompress(section, shuffled.segment());
          Shuffle.unshuffle(shuffled.segment(), elementSize, values);
        } finally {
          shuffled.giveBack();
        }
      }
    }
  }

  /**
   * Reads the values of a section one after another.
   *
   * @param section exactly the section
   * @param rawBytes as many bytes as it must decode to, which the caller has checked against the
   *     section's length
   * @return a reader that is given back; it reads the section until then
   * @throws CorruptBlobException if the section is not what the coding says
   */
  static ValueReader reader(
      MemorySegment section, ValueCoding coding, int elementSize, long rawBytes) {
    if (coding == ValueCoding.RAW) {
      return new ValueReader.Raw(section, elementSize);
    }
    Block block = Block.of(rawBytes);
    boolean done = false;
    try {
      Lz4.decompress(section, block.segment());
      done = true;
    } finally {
      if (!done) {
        block.giveBack();
      }
    }
    return coding == ValueCoding.LZ4
        ? new ValueReader.Owned(block, elementSize)
        : new Shuffle.Reader(block, elementSize);
  }
}
