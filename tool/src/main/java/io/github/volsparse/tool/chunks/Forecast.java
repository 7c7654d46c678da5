package io.github.volsparse.tool.chunks;

import io.github.volsparse.dataset.CreationProperties;
import io.github.volsparse.format.BlobBuffer;
import io.github.volsparse.format.BlobHeader;
import io.github.volsparse.format.ChunkSpec;
import io.github.volsparse.format.Codec;
import io.github.volsparse.format.SparseBlob;
import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import io.github.volsparse.tool.hdf5.StoredChunk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What a native dataset would take if it were sparse, from a sample of its chunks, which are
 * encoded as the connector would.
 *
 * @param dataset its path
 * @param contiguous whether it is contiguous and would get chunks
 * @param density the share of elements that differ from the fill value
 * @param storedBytes what it takes now
 * @param sparseBytes about what it would take
 * @param sample the number of chunks read
 * @param chunks the number of chunks there are
 * @param reason why it cannot be sparse, or nothing can be said; null if it can
 */
public record Forecast(
    String dataset,
    boolean contiguous,
    double density,
    long storedBytes,
    long sparseBytes,
    int sample,
    long chunks,
    String reason) {
  /** To save less than this share, or less than a chunk index takes, is not worth a conversion. */
  private static final double LEAST_SHARE = 0.1;

  private static final long LEAST_BYTES = 4096;

  /** Whether it would take noticeably less. */
  public boolean gains() {
    long saved = storedBytes - sparseBytes;
    return reason == null && saved >= LEAST_BYTES && saved >= storedBytes * LEAST_SHARE;
  }

  /**
   * Makes a forecast.
   *
   * @param sample how many chunks to read at most
   */
  public static Forecast of(Dataset dataset, int sample) {
    String reason = Eligibility.reason(dataset);
    if (reason == null && dataset.storedBytes() == 0) {
      reason = "has nothing stored";
    }
    if (reason == null) {
      try {
        return dataset.layout() == Dataset.Layout.CHUNKED
            ? ofChunked(dataset, sample)
            : ofContiguous(dataset, sample);
      } catch (Hdf5Failure e) {
        reason = "cannot be read: " + e.getMessage();
      }
    }
    return new Forecast(
        dataset.name(), false, 0, dataset.storedBytes(), dataset.storedBytes(), 0, 0, reason);
  }

  private static Forecast ofChunked(Dataset dataset, int count) {
    boolean compressed =
        dataset.filters().stream().anyMatch(f -> CreationProperties.compresses(f.number()));
    DatasetChunks chunks = new DatasetChunks(dataset);
    List<StoredChunk> stored = dataset.storedChunks();
    List<StoredChunk> sample = Sample.of(stored, count);
    Encoder encoder = new Encoder(chunks.spec(), compressed);
    long now = 0;
    for (StoredChunk chunk : sample) {
      chunks.readElements(chunk, encoder.elements);
      encoder.add(chunk.bytes());
      now += chunk.bytes();
    }
    // In proportion to what the sample takes now: chunks may differ much in size.
    double share = now == 0 ? 1 : (double) encoder.bytes / now;
    return new Forecast(
        dataset.name(),
        false,
        encoder.density(),
        dataset.storedBytes(),
        Math.round(share * dataset.storedBytes()),
        sample.size(),
        stored.size(),
        null);
  }

  private static Forecast ofContiguous(Dataset dataset, int count) {
    long[] shape = dataset.shape();
    long[] chunk = CreationProperties.chooseChunkShape(shape, dataset.elementBytes());
    List<long[]> offsets = offsets(shape, chunk);
    List<long[]> sample = Sample.of(offsets, count);
    ChunkSpec spec =
        new ChunkSpec(
            Dataset.product(chunk),
            dataset.elementBytes(),
            dataset.fillValue(),
            ChunkSpec.Keep.NONFILL);
    Encoder encoder = new Encoder(spec, false);
    for (long[] offset : sample) {
      EdgeChunk.read(dataset, offset, chunk, spec, encoder.elements);
      encoder.add(spec.denseBytes());
    }
    return new Forecast(
        dataset.name(),
        true,
        encoder.density(),
        dataset.storedBytes(),
        Math.round((double) encoder.bytes / sample.size() * offsets.size()),
        sample.size(),
        offsets.size(),
        null);
  }

  /** The first elements of all chunks, the last dimension fastest. */
  private static List<long[]> offsets(long[] shape, long[] chunk) {
    List<long[]> offsets = new ArrayList<>();
    long[] offset = new long[shape.length];
    int d;
    do {
      offsets.add(offset.clone());
      for (d = shape.length - 1; d >= 0 && (offset[d] += chunk[d]) >= shape[d]; d--) {
        offset[d] = 0;
      }
    } while (d >= 0);
    return offsets;
  }

  /** Encodes chunk after chunk, and adds up. */
  private static final class Encoder {
    private final ChunkSpec spec;
    private final MemorySegment elements;
    private final BlobBuffer buffer = new BlobBuffer();
    private final SparseFilter filter;
    private long bytes;
    private long defined;
    private long seen;

    Encoder(ChunkSpec spec, boolean compressedAfter) {
      this.spec = spec;
      elements = Arena.ofAuto().allocate(spec.denseBytes(), Long.BYTES);
      filter =
          new SparseFilter(
              spec.elementSize(),
              spec.fillValue(),
              spec.keep(),
              Codec.LZ4,
              0,
              false,
              false,
              compressedAfter,
              spec.elements(),
              0);
    }

    /** Adds the chunk whose elements were read, which takes so many bytes now. */
    void add(long nativeBytes) {
      long length = SparseBlob.encodeElements(spec, filter.binding(), elements, Codec.LZ4, buffer);
      BlobHeader header = SparseBlob.header(buffer.blob());
      if (filter.leavesToOthers(buffer.blob(), spec)) {
        bytes += nativeBytes; // the program's own codec gets the elements as they are
      } else if (header.defined() > 0) {
        bytes += length;
      }
      defined += header.defined();
      seen += spec.elements();
    }

    double density() {
      return seen == 0 ? 0 : (double) defined / seen;
    }
  }
}
