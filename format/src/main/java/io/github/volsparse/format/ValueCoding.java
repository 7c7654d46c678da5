package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;

/** How the values section of a blob is stored; the ordinal is the number in the file. */
public enum ValueCoding {
  /** As they are. */
  RAW {
    @Override
    boolean isPossible(int elementSize, long rawBytes, long sectionBytes) {
      return sectionBytes == rawBytes;
    }

    @Override
    ValueReader reader(MemorySegment section, int elementSize, long rawBytes) {
      return new ValueReader.Raw(section, elementSize);
    }
  },

  /** One LZ4 block. */
  LZ4 {
    @Override
    boolean isPossible(int elementSize, long rawBytes, long sectionBytes) {
      return isBlock(rawBytes, sectionBytes);
    }

    @Override
    ValueReader reader(MemorySegment section, int elementSize, long rawBytes) {
      return new ValueReader.Owned(expanded(section, rawBytes), elementSize);
    }

    @Override
    void decode(MemorySegment section, int elementSize, MemorySegment values) {
      Lz4.decompress(section, values);
    }
  },

  /** One LZ4 block of the byte-shuffled values. */
  SHUFFLE_LZ4 {
    @Override
    boolean isPossible(int elementSize, long rawBytes, long sectionBytes) {
      return isBlock(rawBytes, sectionBytes);
    }

    @Override
    ValueReader reader(MemorySegment section, int elementSize, long rawBytes) {
      return new Shuffle.Reader(expanded(section, rawBytes), elementSize);
    }
  },

  /** In few bits each, see {@link PackedValues}; since format version 3. */
  PACKED {
    @Override
    boolean isPossible(int elementSize, long rawBytes, long sectionBytes) {
      return rawBytes > 0
          && rawBytes <= MAX_CODED_BYTES
          && PackedValues.isPossible(elementSize, rawBytes, sectionBytes);
    }

    @Override
    ValueReader reader(MemorySegment section, int elementSize, long rawBytes) {
      return new PackedValues.Reader(section, elementSize, rawBytes);
    }
  };

  /** Longer values are stored as they are: LZ4 ends near 2 GiB. */
  static final long MAX_CODED_BYTES = 1L << 30;

  /**
   * Whether a section may be what a header says, as far as lengths tell.
   *
   * @param rawBytes bytes of all values
   * @param sectionBytes bytes of the section
   */
  abstract boolean isPossible(int elementSize, long rawBytes, long sectionBytes);

  /**
   * Reads the values of a section one after another.
   *
   * @param section exactly the section, whose length {@link #isPossible}
   * @param rawBytes as many bytes as it must decode to
   * @return a reader that is given back; it reads the section until then
   * @throws CorruptBlobException if the section is not what the coding says
   */
  abstract ValueReader reader(MemorySegment section, int elementSize, long rawBytes);

  /**
   * Decodes a section into memory.
   *
   * @param section exactly the section, whose length {@link #isPossible}
   * @param values receives the packed values: as many bytes as the section must decode to
   * @throws CorruptBlobException if the section is not what the coding says
   */
  void decode(MemorySegment section, int elementSize, MemorySegment values) {
    ValueReader reader = reader(section, elementSize, values.byteSize());
    try {
      reader.next(values, 0, values.byteSize() / elementSize);
    } finally {
      reader.giveBack();
    }
  }

  private static boolean isBlock(long rawBytes, long sectionBytes) {
    return rawBytes > 0 && rawBytes <= MAX_CODED_BYTES && rawBytes <= sectionBytes * Lz4.MAX_RATIO;
  }

  private static Block expanded(MemorySegment section, long rawBytes) {
    return Block.filled(rawBytes, block -> Lz4.decompress(section, block));
  }
}
