package io.github.volsparse.tool.chunks;

import io.github.volsparse.dataset.CreationProperties;
import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.Filter;

/** Which datasets can become sparse; {@code docs/configuration.md} lists the conditions. */
public final class Eligibility {
  private Eligibility() {}

  /** Why none of its datatype and dataspace can be sparse; null if it can. */
  static String reasonOfType(Dataset dataset) {
    if (!dataset.isSimple()) {
      return "has a scalar or null dataspace";
    }
    return dataset.hasFixedSizeElements() ? null : "has elements of variable length, or references";
  }

  /** Why a dataset cannot become sparse; null if it can. */
  public static String reason(Dataset dataset) {
    if (DatasetChunks.isSparse(dataset.filters())) {
      return "is sparse";
    }
    switch (dataset.layout()) {
      case COMPACT -> {
        return "is compact";
      }
      case VIRTUAL -> {
        return "is virtual";
      }
      case CONTIGUOUS -> {
        if (dataset.externalFiles() > 0) {
          return "is stored in external files";
        }
      }
      case CHUNKED -> {
        // this is what it takes
      }
    }
    String ofType = reasonOfType(dataset);
    if (ofType != null) {
      return ofType;
    }
    for (Filter filter : dataset.filters()) {
      if (!CreationProperties.worksOnBytes(filter.number())) {
        return "has the filter " + (filter.name().isEmpty() ? filter.number() : filter.name());
      }
    }
    if (dataset.elementBytes() > SparseFilter.MAXIMUM_FILL_VALUE) {
      for (byte b : dataset.fillValue()) {
        if (b != 0) {
          return "has a fill value of more than %d bytes"
              .formatted(SparseFilter.MAXIMUM_FILL_VALUE);
        }
      }
    }
    return null;
  }
}
