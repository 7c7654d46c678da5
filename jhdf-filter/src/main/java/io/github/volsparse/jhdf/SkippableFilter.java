package io.github.volsparse.jhdf;

import com.ning.compress.lzf.LZFException;
import com.ning.compress.lzf.impl.VanillaChunkDecoder;
import io.github.volsparse.format.SparseBlob;
import io.jhdf.exceptions.HdfFilterException;
import io.jhdf.filter.ByteShuffleFilter;
import io.jhdf.filter.DeflatePipelineFilter;
import io.jhdf.filter.Filter;
import io.jhdf.filter.FletcherChecksumFilter;
import io.jhdf.filter.LzfFilter;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * One of jHDF's filters, for chunks that may have skipped it.
 *
 * <p>A chunk's filter mask says which filters it skipped. jHDF (0.13) ignores the mask and applies
 * all of them, while sparse chunks skip the filters that the program set for its dataset, unless
 * they are dense. So these filters recognise a blob by its first bytes: no zlib or LZF stream
 * begins with an 'S', and a shuffled blob does not begin with its magic and its length. Other
 * chunks are processed as by jHDF. jHDF prefers services to its own filters with the same number.
 */
abstract class SkippableFilter implements Filter {

  /** The first byte of a blob, shuffled or not. */
  private static final byte FIRST = 'S';

  private final Filter filter;

  private SkippableFilter(Filter filter) {
    this.filter = filter;
  }

  @Override
  public int getId() {
    return filter.getId();
  }

  @Override
  public String getName() {
    return filter.getName();
  }

  @Override
  public byte[] decode(byte[] encodedData, int[] filterData) {
    return isSkippedBy(encodedData) ? encodedData : filter.decode(encodedData, filterData);
  }

  @Override
  public byte[] encode(byte[] data, int[] filterData) {
    return filter.encode(data, filterData);
  }

  /** Whether the data cannot be what this filter makes. */
  abstract boolean isSkippedBy(byte[] data);

  private static boolean begins(byte[] data) {
    return data.length > 0 && data[0] == FIRST;
  }

  private static boolean isBlob(byte[] data) {
    return SparseBlob.isWholeBlob(MemorySegment.ofArray(data));
  }

  /** Deflate: a zlib stream begins with a byte whose low half is 8. */
  public static final class Deflate extends SkippableFilter {

    /** For the service loader. */
    public Deflate() {
      super(new DeflatePipelineFilter());
    }

    @Override
    boolean isSkippedBy(byte[] data) {
      return begins(data);
    }
  }

  /** Shuffle. */
  public static final class Shuffle extends SkippableFilter {

    /** For the service loader. */
    public Shuffle() {
      super(new ByteShuffleFilter());
    }

    @Override
    boolean isSkippedBy(byte[] data) {
      return isBlob(data);
    }
  }

  /**
   * Fletcher32. jHDF leaves the checksum where it is, which confuses the filters before this one;
   * here it goes, if it is right.
   */
  public static final class Fletcher32 extends SkippableFilter {
    private static final int CHECKSUM_BYTES = 4;

    /** For the service loader. */
    public Fletcher32() {
      super(new FletcherChecksumFilter());
    }

    @Override
    public byte[] decode(byte[] encodedData, int[] filterData) {
      int length = encodedData.length - CHECKSUM_BYTES;
      return !isSkippedBy(encodedData) && length >= 0 && isChecked(encodedData, length)
          ? Arrays.copyOf(encodedData, length)
          : super.decode(encodedData, filterData);
    }

    @Override
    boolean isSkippedBy(byte[] data) {
      return isBlob(data);
    }

    private static boolean isChecked(byte[] data, int length) {
      int checksum = checksum(data, length);
      for (int i = 0; i < CHECKSUM_BYTES; i++) {
        if (data[length + i] != (byte) (checksum >>> 8 * i)) {
          return false;
        }
      }
      return true;
    }

    /** {@code H5_checksum_fletcher32}: sums of 16-bit words, the first byte the high one. */
    private static int checksum(byte[] data, int length) {
      int sum = 0;
      int sumOfSums = 0;
      for (int at = 0; at < length; at += 2) {
        int low = at + 1 < length ? Byte.toUnsignedInt(data[at + 1]) : 0;
        sum = fold(sum + (Byte.toUnsignedInt(data[at]) << 8 | low));
        sumOfSums = fold(sumOfSums + sum);
      }
      return sumOfSums << 16 | sum;
    }

    private static int fold(int sum) {
      return (sum & 0xFFFF) + (sum >>> 16);
    }
  }

  /**
   * LZF: a stream begins with a literal, so with a byte below 32. How many bytes it makes, jHDF
   * takes from the filter's parameters, where it is the size of the chunk's elements; a blob has
   * another, which the stream tells. (The decoder is the one that jHDF uses; its factory would load
   * another one besides, which the JDK warns about.)
   */
  public static final class Lzf extends SkippableFilter {
    private static final int LITERALS = 32;
    private static final int LONG_MATCH = 7;

    /** Which of the filter's parameters is the number of bytes. */
    private static final int LENGTH = 2;

    /** For the service loader. */
    public Lzf() {
      super(new LzfFilter());
    }

    @Override
    public byte[] decode(byte[] encodedData, int[] filterData) {
      // As in jHDF, data of as many bytes as the elements have are not compressed.
      boolean isAsLong = filterData.length > LENGTH && encodedData.length == filterData[LENGTH];
      if (isAsLong || isSkippedBy(encodedData)) {
        return encodedData;
      }
      try {
        byte[] expanded = new byte[Math.toIntExact(expandedLength(encodedData))];
        new VanillaChunkDecoder().decodeChunk(encodedData, 0, expanded, 0, expanded.length);
        return expanded;
      } catch (LZFException | IndexOutOfBoundsException | ArithmeticException e) {
        throw new HdfFilterException("a chunk is not an LZF stream", e);
      }
    }

    @Override
    boolean isSkippedBy(byte[] data) {
      return begins(data);
    }

    /** How many bytes a stream makes. Of what is no stream this may be any number. */
    private static long expandedLength(byte[] data) {
      long made = 0;
      for (int at = 0; at < data.length; ) {
        int control = Byte.toUnsignedInt(data[at++]);
        if (control < LITERALS) {
          made += control + 1;
          at += control + 1;
        } else {
          int length = control >>> 5;
          if (length == LONG_MATCH && at < data.length) {
            length += Byte.toUnsignedInt(data[at++]);
          }
          made += length + 2;
          at++;
        }
      }
      return made;
    }
  }
}
