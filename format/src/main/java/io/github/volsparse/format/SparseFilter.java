package io.github.volsparse.format;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The parameters ({@code cd_values}) of the sparse filter in a dataset's pipeline: what its encoder
 * needs, and those creation properties of the program that differ from the stored ones.
 *
 * <pre>
 *   word 0   version of this layout: 1 or 2
 *   word 1   bits 0-1 allocation time as set (H5D_alloc_time_t)   bit 2 chunk options as set:
 *            partial edge chunks unfiltered   bit 3 layout as set: contiguous
 *            bit 8 keep=written   bit 9 codec=none   bit 10 a filter that compresses follows
 *   word 2   bytes of an element
 *   word 3   bytes of the fill value that follow: 0 (the fill value is zero) or word 2
 *   in version 2 only:
 *   word 4   elements in a chunk
 *   word 5   identity of the dataset, its low half
 *   word 6   its high half
 *   word 4 or 7..  the fill value, four bytes a word, the first in the lowest bits
 * </pre>
 *
 * <p>A dataset keeps the version it was created with. Version 1 does not tell the filter the size
 * of a chunk, nor where a blob belongs.
 *
 * @param elementSize bytes of an element in the file
 * @param fillValue that many bytes, in the file's datatype
 * @param allocationTime the {@code H5D_alloc_time_t} the program set, 0 if it set none
 * @param edgeChunksUnfiltered whether the program set {@code H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS}
 * @param contiguous whether the program set the contiguous layout
 * @param compressedAfter whether one of the program's own filters compresses the output of this one
 * @param chunkElements elements in a chunk; 0 in version 1, which does not say
 * @param identity of the dataset, to which its blobs are bound; 0 in version 1, which has none
 */
public record SparseFilter(
    int elementSize,
    byte[] fillValue,
    Keep keep,
    Codec codec,
    int allocationTime,
    boolean edgeChunksUnfiltered,
    boolean contiguous,
    boolean compressedAfter,
    long chunkElements,
    long identity) {

  /** The filter's number, from HDF5's range for private use. */
  public static final int ID = 33003;

  /**
   * The largest fill value that is stored, in bytes. Parameters live in the object header, which
   * holds messages of up to 64 KiB; with a larger fill value that is not zero a dataset stays
   * native.
   */
  public static final int MAXIMUM_FILL_VALUE = 4096;

  private static final int VERSION = 2;
  private static final int VERSION_WITHOUT_CHUNK = 1;
  private static final int ALLOCATION_TIME = 3;
  private static final int EDGE_CHUNKS_UNFILTERED = 1 << 2;
  private static final int CONTIGUOUS = 1 << 3;
  private static final int KEEP_WRITTEN = 1 << 8;
  private static final int CODEC_NONE = 1 << 9;
  private static final int COMPRESSED_AFTER = 1 << 10;
  private static final int KNOWN =
      ALLOCATION_TIME
          | EDGE_CHUNKS_UNFILTERED
          | CONTIGUOUS
          | KEEP_WRITTEN
          | CODEC_NONE
          | COMPRESSED_AFTER;

  /** How many words come before the fill value, by the version. */
  private static final int[] FIXED_WORDS = {0, 4, 7};

  /** Where HDF5's chunks end that version 1 knows. */
  private static final long MAXIMUM_CHUNK_BYTES = 1L << 32;

  /** Keeps no zeros: an element of damaged parameters may claim to have 2 GiB of them. */
  public SparseFilter {
    fillValue = isZero(fillValue) ? new byte[0] : fillValue.clone();
  }

  /** A copy of the fill value, all its bytes. */
  @Override
  public byte[] fillValue() {
    return Arrays.copyOf(fillValue, elementSize);
  }

  /** The parameters as words for the pipeline; {@link #of} reads them. */
  public int[] words() {
    int version = version();
    int fixed = FIXED_WORDS[version];
    int stored = isZero(fillValue) ? 0 : elementSize;
    int[] words = new int[fixed + (stored + 3) / 4];
    words[0] = version;
    words[1] =
        allocationTime
            | (edgeChunksUnfiltered ? EDGE_CHUNKS_UNFILTERED : 0)
            | (contiguous ? CONTIGUOUS : 0)
            | (keep == Keep.WRITTEN ? KEEP_WRITTEN : 0)
            | (codec == Codec.NONE ? CODEC_NONE : 0)
            | (compressedAfter ? COMPRESSED_AFTER : 0);
    words[2] = elementSize;
    words[3] = stored;
    if (version == VERSION) {
      words[4] = (int) chunkElements;
      words[5] = (int) identity;
      words[6] = (int) (identity >>> Integer.SIZE);
    }
    for (int i = 0; i < stored; i++) {
      words[fixed + i / 4] |= (fillValue[i] & 0xff) << 8 * (i % 4);
    }
    return words;
  }

  private int version() {
    return chunkElements == 0 ? VERSION_WITHOUT_CHUNK : VERSION;
  }

  /**
   * Reads the parameters.
   *
   * @throws UnsupportedOperationException if their version is unknown, or they are damaged
   */
  public static SparseFilter of(int[] words) {
    int version = words.length == 0 ? 0 : words[0];
    boolean known = version >= VERSION_WITHOUT_CHUNK && version <= VERSION;
    if (!known || words.length < FIXED_WORDS[version] || (words[1] & ~KNOWN) != 0) {
      throw new UnsupportedOperationException(
          ("the sparse filter's parameters do not have a known version (1 to %d): the"
                  + " dataset was written by a newer vol-sparse, or is damaged")
              .formatted(VERSION));
    }
    int fixed = FIXED_WORDS[version];
    int elementSize = words[2];
    int stored = words[3];
    boolean consistent =
        elementSize > 0
            && (stored == 0 || stored == elementSize && stored <= MAXIMUM_FILL_VALUE)
            && words.length == fixed + (stored + 3) / 4
            && (version == VERSION_WITHOUT_CHUNK || words[4] != 0);
    if (!consistent) {
      throw new UnsupportedOperationException(
          "the sparse filter's parameters are damaged: they contradict each other");
    }
    byte[] fillValue = new byte[stored];
    for (int i = 0; i < stored; i++) {
      fillValue[i] = (byte) (words[fixed + i / 4] >>> 8 * (i % 4));
    }
    int flags = words[1];
    return new SparseFilter(
        elementSize,
        fillValue,
        (flags & KEEP_WRITTEN) != 0 ? Keep.WRITTEN : Keep.NONFILL,
        (flags & CODEC_NONE) != 0 ? Codec.NONE : Codec.LZ4,
        flags & ALLOCATION_TIME,
        (flags & EDGE_CHUNKS_UNFILTERED) != 0,
        (flags & CONTIGUOUS) != 0,
        (flags & COMPRESSED_AFTER) != 0,
        version == VERSION ? Integer.toUnsignedLong(words[4]) : 0,
        version == VERSION
            ? Integer.toUnsignedLong(words[5]) | (long) words[6] << Integer.SIZE
            : 0);
  }

  /** Where the blobs of the dataset belong, as far as the parameters tell. */
  public Binding binding() {
    return chunkElements == 0 ? Binding.NONE : Binding.toDataset(identity);
  }

  /**
   * Describes a difference between the parameters and a dataset.
   *
   * @param typeSize bytes of its datatype
   * @param fillValue its fill value, in that type
   * @param chunkElements the elements in a chunk of it
   * @return the value of the parameters and that of the dataset; null if they agree
   */
  public String misfit(long typeSize, byte[] fillValue, long chunkElements) {
    if (elementSize != typeSize) {
      return "they are for elements of %s bytes, but its datatype has %d"
          .formatted(Integer.toUnsignedString(elementSize), typeSize);
    }
    if (this.chunkElements != 0 && this.chunkElements != chunkElements) {
      return "they are for chunks of %d elements, but its chunks have %d"
          .formatted(this.chunkElements, chunkElements);
    }
    if (fillValue == null || !Arrays.equals(fillValue(), fillValue)) {
      return "their fill value is not that of the dataset";
    }
    return null;
  }

  /**
   * Reads the header of a blob and checks that it fits the dataset, as far as the parameters tell.
   * In version 1 they do not tell the number of elements; then a chunk must be smaller than 4 GiB.
   *
   * @param blob exactly the blob
   * @throws CorruptBlobException if it is damaged, or belongs to another dataset
   */
  public BlobHeader header(MemorySegment blob) {
    BlobHeader header = SparseBlob.header(blob);
    header.requireKind(
        chunkElements == 0 ? header.elements() : chunkElements, elementSize, fillValue, keep);
    if (chunkElements == 0 && header.denseBytes() >= MAXIMUM_CHUNK_BYTES) {
      throw new CorruptBlobException(
          "the blob has %d elements of %d bytes, but a chunk is smaller than 4 GiB"
              .formatted(header.elements(), elementSize));
    }
    binding().require(header);
    return header;
  }

  /**
   * The kind of chunk that the filter encodes: it is not known which elements were written.
   *
   * @param bytes bytes of all its elements
   * @throws IllegalArgumentException if this is not the size of a chunk of the dataset
   */
  public ChunkSpec spec(long bytes) {
    boolean fits =
        chunkElements == 0
            ? bytes > 0 && bytes % elementSize == 0
            : bytes == chunkElements * elementSize;
    if (!fits) {
      throw new IllegalArgumentException(
          "the sparse filter's parameters do not fit a chunk of %d bytes: they are for %selements of %d bytes"
              .formatted(bytes, chunkElements == 0 ? "" : chunkElements + " ", elementSize));
    }
    return new ChunkSpec(bytes / elementSize, elementSize, fillValue(), Keep.NONFILL);
  }

  /** The same parameters for another dataset, as the filter of a program's creation list. */
  public SparseFilter fittedTo(int elementSize, byte[] fillValue, long chunkElements) {
    return new SparseFilter(
        elementSize,
        fillValue,
        keep,
        codec,
        allocationTime,
        edgeChunksUnfiltered,
        contiguous,
        compressedAfter,
        this.chunkElements == 0 ? 0 : chunkElements,
        identity);
  }

  /**
   * Whether a chunk is left to the program's own filters, because its blob saves little: it holds
   * all elements, or is larger than half of them. They then get all elements as they are, for what
   * is compressed already they could not compress.
   */
  public boolean leavesToOthers(MemorySegment blob, ChunkSpec spec) {
    boolean savesLittle = SparseBlob.isDense(blob) || blob.byteSize() > spec.denseBytes() / 2;
    return compressedAfter && savesLittle && !SparseBlob.isEmpty(blob);
  }

  /** Whether all bytes are zero. */
  public static boolean isZero(byte[] bytes) {
    for (byte b : bytes) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }
}
