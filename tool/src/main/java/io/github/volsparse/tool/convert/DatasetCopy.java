package io.github.volsparse.tool.convert;

import static io.github.volsparse.tool.hdf5.H5.check;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.tool.chunks.DatasetChunks;
import io.github.volsparse.tool.chunks.Eligibility;
import io.github.volsparse.tool.convert.FileCopy.Choice;
import io.github.volsparse.tool.convert.FileCopy.Target;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.H5;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.hdf5.Id;
import io.github.volsparse.tool.hdf5.StoredChunk;
import io.github.volsparse.tool.hdf5.Token;
import io.github.volsparse.tool.text.Numbers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Copies the datasets of a file: element by element, if they are stored differently in the copy, or
 * as they are stored.
 *
 * <p>It copies neither attributes nor elements with references.
 */
final class DatasetCopy {
  private final Target target;
  private final boolean contiguousToo;
  private final Choice choice;
  private final LongConsumer progress;
  private final ObjectMap objects;
  private final H5File copy;
  private final H5File throughConnector;
  private final List<String> converted = new ArrayList<>();

  /**
   * Copies into a file.
   *
   * @param contiguousToo whether contiguous datasets are to become sparse as well
   * @param progress receives the number of bytes of the source that are copied
   * @param objects where the objects of the source are in the copy
   * @param copy the file, opened natively
   * @param throughConnector the file in which datasets are sparse, through the connector: the copy,
   *     or the source if they are to become native
   */
  DatasetCopy(
      Target target,
      boolean contiguousToo,
      Choice choice,
      LongConsumer progress,
      ObjectMap objects,
      H5File copy,
      H5File throughConnector) {
    this.target = target;
    this.contiguousToo = contiguousToo;
    this.choice = choice;
    this.progress = progress;
    this.objects = objects;
    this.copy = copy;
    this.throughConnector = throughConnector;
  }

  /** The paths of the datasets that were converted. */
  List<String> converted() {
    return List.copyOf(converted);
  }

  /**
   * Copies a dataset.
   *
   * @param group the copy of its group
   * @param to the same, open natively
   * @param name address of the name of its link
   * @param properties how the link is created
   * @param references whether its elements hold references
   * @return the copy
   */
  Token copy(Token group, Dataset dataset, Id to, long name, Id properties, boolean references) {
    if (isToBeConverted(dataset)) {
      Token made = convert(group, dataset, to, name, properties);
      converted.add(dataset.name());
      return made;
    }
    return references || isLostByCopy(dataset)
        ? copyElements(dataset, to, name, properties, references)
        : copyAsStored(dataset, to, name, properties);
  }

  private boolean isToBeConverted(Dataset dataset) {
    boolean possible =
        target == Target.NATIVE
            ? DatasetChunks.isSparse(dataset.filters())
            : Eligibility.reason(dataset) == null
                && (contiguousToo || dataset.layout() == Dataset.Layout.CHUNKED);
    return possible && choice.includes(dataset.name());
  }

  /**
   * Makes a dataset in the copy.
   *
   * @param file the copy's file, in the connector of the group
   * @param creation its creation properties
   */
  private Dataset create(
      Dataset like, Id file, Id group, long name, Id creation, Id linkProperties) {
    try (Id type = objects.typeFor(like.type(), file);
        Id space = Id.of("H5Dget_space", hdf5_h.H5Dget_space(like.id().value()))) {
      return Dataset.own(
          like.name(),
          Id.of(
              "H5Dcreate2",
              hdf5_h.H5Dcreate2(
                  group.value(),
                  name,
                  type.value(),
                  space.value(),
                  linkProperties.value(),
                  creation.value(),
                  hdf5_h.H5P_DEFAULT)));
    }
  }

  private Token convert(Token group, Dataset dataset, Id to, long name, Id properties) {
    if (target == Target.SPARSE) {
      try (Id connectedGroup = group.open(throughConnector.id());
          Dataset made =
              create(
                  dataset,
                  throughConnector.id(),
                  connectedGroup,
                  name,
                  dataset.creation(),
                  properties)) {
        new ElementCopy(dataset, made, null, progress).all();
        return Token.of(made.id());
      }
    }
    try (Dataset sparse = throughConnector.dataset(dataset.name());
        Dataset made = create(dataset, copy.id(), to, name, sparse.creation(), properties)) {
      new ElementCopy(sparse, made, null, progress)
          .chunks(dataset.storedChunks(), dataset.chunkShape());
      return Token.of(made.id());
    }
  }

  /**
   * Whether HDF5's own copy would lose something: that the datatype is a named one, or a fill value
   * of variable length. (Of that it copies the address in the source.)
   */
  private static boolean isLostByCopy(Dataset dataset) {
    return ObjectMap.isNamed(dataset.type())
        || dataset.hasFillValue() && !dataset.hasFixedSizeElements();
  }

  /** Copies a dataset element by element, or chunk by chunk; references come later. */
  private Token copyElements(Dataset dataset, Id to, long name, Id properties, boolean references) {
    try (Dataset made = create(dataset, copy.id(), to, name, dataset.creation(), properties)) {
      boolean virtual = dataset.layout() == Dataset.Layout.VIRTUAL;
      boolean stored = dataset.storedBytes() > 0 && dataset.externalFiles() == 0 && !virtual;
      if (stored && !references) {
        ElementCopy elements = new ElementCopy(dataset, made, null, progress);
        if (dataset.layout() == Dataset.Layout.CHUNKED && dataset.hasFixedSizeElements()) {
          elements.storedChunks();
        } else {
          elements.all();
        }
      }
      return Token.of(made.id());
    }
  }

  private Token copyAsStored(Dataset dataset, Id to, long name, Id properties) {
    requireChunksInFile(dataset);
    try (Arena arena = Arena.ofConfined();
        Id how = Id.of("H5Pcreate", hdf5_h.H5Pcreate(hdf5_h.H5P_CLS_OBJECT_COPY_ID_g()))) {
      check(
          "H5Pset_copy_object",
          hdf5_h.H5Pset_copy_object(how.value(), hdf5_h.H5O_COPY_WITHOUT_ATTR_FLAG));
      check(
          "H5Ocopy",
          hdf5_h.H5Ocopy(
              dataset.id().value(),
              H5.text(arena, "."),
              to.value(),
              name,
              how.value(),
              properties.value()));
      progress.accept(dataset.storedBytes());
      try (Id made = Id.of("H5Oopen", hdf5_h.H5Oopen(to.value(), name, hdf5_h.H5P_DEFAULT))) {
        return Token.of(made);
      }
    }
  }

  /**
   * Checks that chunks lie in the file: H5Ocopy (HDF5 1.14 to 2.2) frees memory twice, and ends the
   * process, when it cannot read one.
   */
  private static void requireChunksInFile(Dataset dataset) {
    if (dataset.layout() != Dataset.Layout.CHUNKED) {
      return;
    }
    long end;
    try (Arena arena = Arena.ofConfined();
        Id file = Id.of("H5Iget_file_id", hdf5_h.H5Iget_file_id(dataset.id().value()))) {
      MemorySegment size = arena.allocate(JAVA_LONG);
      check("H5Fget_filesize", hdf5_h.H5Fget_filesize(file.value(), size.address()));
      end = size.get(JAVA_LONG, 0);
    }
    for (StoredChunk chunk : dataset.storedChunks()) {
      if (chunk.address() < 0 || chunk.bytes() < 0 || chunk.address() > end - chunk.bytes()) {
        throw new ConversionException(
            "%s cannot be copied: its chunk %s reaches beyond the end of the file"
                .formatted(dataset.name(), Numbers.coordinates(chunk.offset())));
      }
    }
  }
}
