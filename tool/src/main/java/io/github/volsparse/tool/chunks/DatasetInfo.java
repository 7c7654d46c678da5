package io.github.volsparse.tool.chunks;

import io.github.volsparse.format.BlobHeader;
import io.github.volsparse.format.ChunkSpec.Keep;
import io.github.volsparse.format.CorruptBlobException;
import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.Filter;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import io.github.volsparse.tool.hdf5.StoredChunk;
import io.github.volsparse.tool.hdf5.TypeText;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Describes a dataset and its storage.
 *
 * @param filters the names or numbers of its filters, the sparse one left out
 * @param denseBytes what its elements take in memory
 * @param storedBytes what they take in the file
 * @param sparse more, if it is sparse and in order; otherwise null
 * @param damage why it is not in order although it has the sparse filter; otherwise null
 */
public record DatasetInfo(
    String name,
    long[] shape,
    long[] maximumShape,
    String type,
    String layout,
    long[] chunkShape,
    List<String> filters,
    long elements,
    long denseBytes,
    long storedBytes,
    Sparse sparse,
    String damage) {

  /**
   * What only a sparse dataset has.
   *
   * @param keepsWritten whether defined are the elements that were written, whatever their value
   * @param defined the number of defined elements; all those of dense chunks that differ from the
   *     fill value are among them
   * @param encodings how many chunks are encoded in which way; {@code without blob} are those that
   *     a program without the filter wrote, {@code damaged} those that cannot be read
   * @param codings how many chunks with blobs code their values in which way
   * @param selectionBytes what says which elements are defined
   * @param valueBytes the values of the elements, as they are stored
   * @param gzip null if it was not estimated
   */
  public record Sparse(
      boolean keepsWritten,
      long defined,
      long chunksInExtent,
      long storedChunks,
      Map<String, Long> encodings,
      Map<String, Long> codings,
      long damaged,
      long selectionBytes,
      long valueBytes,
      Gzip gzip) {}

  /**
   * What shuffle and gzip would make of a dataset.
   *
   * @param bytes about how much
   * @param sample the number of chunks it was estimated from
   */
  public record Gzip(long bytes, int sample) {}

  /**
   * Reads what there is to say of a dataset: of a sparse one all that is stored.
   *
   * @param sample the number of chunks to estimate gzip from; 0 for no estimate
   */
  public static DatasetInfo of(Dataset dataset, int sample) {
    List<Filter> filters = dataset.filters();
    boolean isSparse = DatasetChunks.isSparse(filters);
    List<String> others =
        filters.stream()
            .filter(filter -> filter.number() != SparseFilter.ID)
            .map(filter -> filter.name().isEmpty() ? "" + filter.number() : filter.name())
            .toList();
    long elements = dataset.elements();
    Sparse sparse = null;
    String damage = null;
    try {
      sparse = isSparse ? sparse(dataset, sample) : null;
    } catch (UnsupportedOperationException e) {
      damage = e.getMessage();
    }
    return new DatasetInfo(
        dataset.name(),
        dataset.shape(),
        dataset.maximumShape(),
        TypeText.of(dataset.type()),
        isSparse ? "sparse" : dataset.layout().name().toLowerCase(Locale.ROOT),
        dataset.chunkShape(),
        others,
        elements,
        denseBytes(elements, dataset.elementBytes()),
        dataset.storedBytes(),
        sparse,
        damage);
  }

  /** An extent may be larger than any memory; more than can be counted is as much as can be. */
  private static long denseBytes(long elements, long elementBytes) {
    return Math.multiplyHigh(elements, elementBytes) == 0 && elements * elementBytes >= 0
        ? elements * elementBytes
        : Long.MAX_VALUE;
  }

  private static Sparse sparse(Dataset dataset, int sample) {
    DatasetChunks chunks = new DatasetChunks(dataset);
    List<StoredChunk> stored = dataset.storedChunks();
    Map<String, Long> encodings = new TreeMap<>();
    Map<String, Long> codings = new TreeMap<>();
    long defined = 0;
    long selectionBytes = 0;
    long valueBytes = 0;
    long damaged = 0;
    for (StoredChunk chunk : stored) {
      String encoding;
      try {
        if (chunks.isWithoutBlob(chunk)) {
          encoding = "without blob";
          defined += chunks.countDefined(chunk);
          valueBytes += chunk.bytes();
        } else {
          BlobHeader header = chunks.header(chunk, chunks.blob(chunk));
          encoding = header.encoding().name().toLowerCase(Locale.ROOT);
          defined += header.defined();
          selectionBytes += header.selectionLength();
          valueBytes += header.valuesLength();
          codings.merge(header.coding().name().toLowerCase(Locale.ROOT), 1L, Long::sum);
        }
      } catch (CorruptBlobException | Hdf5Failure e) {
        encoding = "damaged";
        damaged++;
      }
      encodings.merge(encoding, 1L, Long::sum);
    }
    Gzip gzip = sample > 0 && !stored.isEmpty() ? GzipEstimate.of(chunks, stored, sample) : null;
    return new Sparse(
        chunks.spec().keep() == Keep.WRITTEN,
        defined,
        dataset.chunksInExtent(),
        stored.size(),
        encodings,
        codings,
        damaged,
        selectionBytes,
        valueBytes,
        gzip);
  }
}
