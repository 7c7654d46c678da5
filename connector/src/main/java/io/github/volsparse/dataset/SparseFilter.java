package io.github.volsparse.dataset;

import io.github.volsparse.chunk.ChunkSpec;
import io.github.volsparse.chunk.ChunkSpec.Keep;
import io.github.volsparse.chunk.Codec;
import io.github.volsparse.chunk.SparseBlob;
import io.github.volsparse.hdf5.Hdf5;
import io.github.volsparse.hdf5.Hdf5.Filter;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.MemorySegment;

/**
 * The parameters ({@code cd_values}) of the sparse filter in a dataset's pipeline: what its encoder
 * needs, and what of the program's creation properties the stored ones do not show.
 *
 * <pre>
 *   word 0   version of this layout: 1
 *   word 1   bits 0-1 allocation time as set (H5D_alloc_time_t)   bit 2 chunk options as set:
 *            partial edge chunks unfiltered   bit 3 layout as set: contiguous
 *            bit 8 keep=written   bit 9 codec=none   bit 10 a filter that compresses follows
 *   word 2   bytes of an element
 *   word 3   bytes of the fill value that follow: 0 (the fill value is zero) or word 2
 *   word 4.. the fill value, four bytes a word, the first in the lowest bits
 * </pre>
 *
 * @param elementSize bytes of an element in the file
 * @param fillValue that many bytes, in the file's datatype
 * @param allocationTime the {@code H5D_alloc_time_t} the program set, 0 if it set none
 * @param edgeChunksUnfiltered whether the program set {@code H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS}
 * @param contiguous whether the program set the contiguous layout
 * @param compressedAfter whether one of the program's own filters compresses what this one makes
 */
public record SparseFilter(
    int elementSize,
    byte[] fillValue,
    Keep keep,
    Codec codec,
    int allocationTime,
    boolean edgeChunksUnfiltered,
    boolean contiguous,
    boolean compressedAfter) {

  /** The filter's number, from HDF5's range for private use. */
  public static final int ID = 33003;

  /**
   * The largest fill value that is stored, in bytes. Parameters live in the object header, which
   * holds messages of up to 64 KiB; with a larger fill value that is not zero a dataset stays
   * native.
   */
  public static final int MAXIMUM_FILL_VALUE = 4096;

  private static final int VERSION = 1;
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
  private static final int FIXED_WORDS = 4;

  /** The filter as an entry of a pipeline. */
  Filter toFilter() {
    // Optional: a program without the filter may still write, its chunks are then stored as they
    // are, and their filter masks say so.
    return new Filter(ID, hdf5_h.H5Z_FLAG_OPTIONAL(), words());
  }

  /** The parameters as they stand in the pipeline; {@link #of} reads them. */
  public int[] words() {
    int stored = isZero(fillValue) ? 0 : elementSize;
    int[] words = new int[FIXED_WORDS + (stored + 3) / 4];
    words[0] = VERSION;
    words[1] =
        allocationTime
            | (edgeChunksUnfiltered ? EDGE_CHUNKS_UNFILTERED : 0)
            | (contiguous ? CONTIGUOUS : 0)
            | (keep == Keep.WRITTEN ? KEEP_WRITTEN : 0)
            | (codec == Codec.NONE ? CODEC_NONE : 0)
            | (compressedAfter ? COMPRESSED_AFTER : 0);
    words[2] = elementSize;
    words[3] = stored;
    for (int i = 0; i < stored; i++) {
      words[FIXED_WORDS + i / 4] |= (fillValue[i] & 0xff) << 8 * (i % 4);
    }
    return words;
  }

  /**
   * Reads the parameters.
   *
   * @throws UnsupportedOperationException if they are not of this version
   */
  public static SparseFilter of(int[] words) {
    if (words.length < FIXED_WORDS || words[0] != VERSION || (words[1] & ~KNOWN) != 0) {
      throw new UnsupportedOperationException(
          ("the sparse filter's parameters are not of version %d: the dataset was written by a newer"
                  + " vol-sparse, or is damaged")
              .formatted(VERSION));
    }
    int elementSize = words[2];
    int stored = words[3];
    boolean consistent =
        elementSize > 0
            && (stored == 0 || stored == elementSize)
            && words.length == FIXED_WORDS + (stored + 3) / 4;
    if (!consistent) {
      throw new UnsupportedOperationException("the sparse filter's parameters are damaged");
    }
    byte[] fillValue = new byte[elementSize];
    for (int i = 0; i < stored; i++) {
      fillValue[i] = (byte) (words[FIXED_WORDS + i / 4] >>> 8 * (i % 4));
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
        (flags & COMPRESSED_AFTER) != 0);
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

  /**
   * What {@code H5Dget_space_status} is to say: storage that the program wants allocated at once,
   * at the latest with the first write, counts as allocated though chunks of fill values have none.
   *
   * @param status what the connector below says, an {@code H5D_space_status_t}
   */
  public int spaceStatus(int status) {
    boolean isLate =
        allocationTime == hdf5_h.H5D_ALLOC_TIME_LATE()
            || allocationTime == Hdf5.H5D_ALLOC_TIME_DEFAULT && contiguous;
    boolean isAllocated =
        allocationTime == hdf5_h.H5D_ALLOC_TIME_EARLY()
            || isLate && status != Hdf5.H5D_SPACE_STATUS_NOT_ALLOCATED;
    return isAllocated ? Hdf5.H5D_SPACE_STATUS_ALLOCATED : status;
  }

  static boolean isZero(byte[] bytes) {
    for (byte b : bytes) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }
}
