package io.github.volsparse.tool.chunks;

import static io.github.volsparse.tool.hdf5.H5.check;

import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.Filter;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import io.github.volsparse.tool.hdf5.StoredChunk;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * The check of a file: of every chunk of sparse datasets its checksum and structure, of every chunk
 * of others that its filters can be undone.
 */
public final class Verification implements H5File.DatasetVisitor {
  /**
   * What is wrong.
   *
   * @param object the path of the object
   * @param chunk the first element of the chunk; null if it is more than one chunk
   * @param what in words
   */
  public record Problem(String object, long[] chunk, String what) {}

  private static final String BEYOND_END = "reaches beyond the end of the file";

  private final long fileBytes;
  private final LongConsumer progress;
  private final List<Problem> problems = new ArrayList<>();
  private final List<Problem> unchecked = new ArrayList<>();
  private long datasets;
  private long chunks;

  /**
   * Prepares a check.
   *
   * @param fileBytes the size of the file
   * @param progress receives the number of bytes that were checked
   */
  public Verification(long fileBytes, LongConsumer progress) {
    this.fileBytes = fileBytes;
    this.progress = progress;
  }

  /** What is wrong. */
  public List<Problem> problems() {
    return List.copyOf(problems);
  }

  /** What could not be checked here, which does not mean that something is wrong. */
  public List<Problem> unchecked() {
    return List.copyOf(unchecked);
  }

  /** The number of datasets visited. */
  public long datasets() {
    return datasets;
  }

  /** The number of chunks checked. */
  public long chunks() {
    return chunks;
  }

  @Override
  public void failed(String name, Hdf5Failure failure) {
    problems.add(new Problem(name, null, "cannot be opened: " + failure.getMessage()));
  }

  @Override
  public void visit(Dataset dataset) {
    datasets++;
    try {
      switch (dataset.layout()) {
        case CHUNKED -> checkChunks(dataset);
        case CONTIGUOUS -> checkPlace(dataset);
        case COMPACT, VIRTUAL -> {
          // A compact one was read with its object; a virtual one has no elements of its own.
        }
      }
    } catch (Hdf5Failure | UnsupportedOperationException e) {
      problems.add(new Problem(dataset.name(), null, e.getMessage()));
    }
  }

  /** Of what has no checksum it can only be said whether it is there. */
  private void checkPlace(Dataset dataset) {
    long address = dataset.address();
    if (address >= 0 && address + dataset.storedBytes() > fileBytes) {
      problems.add(new Problem(dataset.name(), null, BEYOND_END));
    }
  }

  private void checkChunks(Dataset dataset) {
    Filter missing = missingFilter(dataset);
    if (missing != null) {
      String what =
          "was not checked: it needs the filter %d (%s), which is not available"
              .formatted(missing.number(), missing.name());
      unchecked.add(new Problem(dataset.name(), null, what));
      return;
    }
    DatasetChunks stored = new DatasetChunks(dataset);
    for (StoredChunk chunk : dataset.storedChunks()) {
      String problem =
          chunk.address() + chunk.bytes() > fileBytes ? BEYOND_END : stored.check(chunk);
      chunks++;
      progress.accept(chunk.bytes());
      if (problem != null) {
        problems.add(new Problem(dataset.name(), chunk.offset(), problem));
      }
    }
  }

  /** A filter of a dataset that this process has not; null if it has all. */
  private static Filter missingFilter(Dataset dataset) {
    for (Filter filter : dataset.filters()) {
      if (filter.number() != SparseFilter.ID
          && check("H5Zfilter_avail", hdf5_h.H5Zfilter_avail(filter.number())) == 0) {
        return filter;
      }
    }
    return null;
  }
}
