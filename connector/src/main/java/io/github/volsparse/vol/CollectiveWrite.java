package io.github.volsparse.vol;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.dataset.SparseDataset;
import io.github.volsparse.hdf5.CallContext;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.ParallelFiles;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.stored.UnderDataset;
import io.github.volsparse.transfer.CollectiveElements;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A write to datasets of which at least one is {@linkplain SparseDataset#isCollective written by
 * ranks together only}: the native connector does it, and calls our filter on the rank to which
 * HDF5 assigns the chunk.
 *
 * <p>Each rank makes one call below, whatever happens to its own elements. A rank that cannot
 * convert them takes part with an empty selection, and fails afterwards. Otherwise the others would
 * wait for it forever.
 */
final class CollectiveWrite {
  private final VolObject[] objects;

  /** What is converted, of each dataset; null where the program's arguments are right. */
  private final CollectiveElements[] converted;

  CollectiveWrite(VolObject[] objects) {
    this.objects = objects;
    converted = new CollectiveElements[objects.length];
  }

  /**
   * Does it.
   *
   * @param memoryTypes address of an array, as are those that follow in the plural
   * @return a {@code herr_t}
   */
  long run(
      long memoryTypes,
      long memorySpaces,
      long fileSpaces,
      long transferList,
      long buffers,
      long request) {
    RuntimeException failed = null;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment types = copy(memoryTypes, arena);
      MemorySegment inMemory = copy(memorySpaces, arena);
      MemorySegment inFile = copy(fileSpaces, arena);
      MemorySegment elements = copy(buffers, arena);
      try (CallContext _ = CallContext.besides(transferList)) {
        for (VolObject object : objects) {
          if (object.sparse() != null
              && object.sparse().ranks() > 1
              && ParallelFiles.mode(transferList) != hdf5_h.H5FD_MPIO_COLLECTIVE) {
            throw refusal(object.sparse());
          }
        }
        try {
          try {
            convertAll(types, inMemory, inFile, transferList, elements);
          } finally {
            dropChunks(inFile); // also of a rank that fails: the others write
          }
        } catch (RuntimeException | OutOfMemoryError e) {
          failed = e instanceof RuntimeException r ? r : new IllegalStateException(e);
          takeNothing(inFile);
        }
        setConverted(types, inMemory, elements);
      }
      MemorySegment below = TransferCall.addressesBelow(objects, arena);
      long result =
          ParallelFiles.with(
              transferList,
              hdf5_h.H5FD_MPIO_COLLECTIVE, // a single rank may have another mode
              list ->
                  Slot.DATASET_WRITE.function.call(
                      objects.length,
                      below.address(),
                      objects[0].under().connector(),
                      types.address(),
                      inMemory.address(),
                      inFile.address(),
                      list,
                      elements.address(),
                      request));
      Forwarding.wrapRequest(request, objects[0]);
      if (failed != null) {
        throw failed;
      }
      if ((int) result < 0) {
        throw new Hdf5Exception(Slot.DATASET_WRITE.function.name());
      }
      return result;
    } finally {
      close();
    }
  }

  /** A copy of an array of HDF5's. */
  private MemorySegment copy(long array, Arena arena) {
    return arena
        .allocate(JAVA_LONG, objects.length)
        .copyFrom(
            MemorySegment.ofAddress(array).reinterpret(JAVA_LONG.byteSize() * objects.length));
  }

  private void convertAll(
      MemorySegment types,
      MemorySegment inMemory,
      MemorySegment inFile,
      long transferList,
      MemorySegment elements) {
    for (int i = 0; i < objects.length; i++) {
      SparseDataset sparse = objects[i].sparse();
      if (sparse != null) {
        converted[i] =
            CollectiveElements.convert(
                sparse,
                types.getAtIndex(JAVA_LONG, i),
                inMemory.getAtIndex(JAVA_LONG, i),
                inFile.getAtIndex(JAVA_LONG, i),
                transferList,
                elements.getAtIndex(JAVA_LONG, i));
      }
    }
  }

  /** Lets go of the chunks in memory. A conversion may have read some. */
  private void dropChunks(MemorySegment inFile) {
    for (int i = 0; i < objects.length; i++) {
      SparseDataset sparse = objects[i].sparse();
      if (sparse != null) {
        sparse.beforeNativeWrite(inFile.getAtIndex(JAVA_LONG, i));
      }
    }
  }

  /** Makes an empty selection of every sparse dataset. */
  private void takeNothing(MemorySegment inFile) {
    for (int i = 0; i < objects.length; i++) {
      SparseDataset sparse = objects[i].sparse();
      if (sparse != null) {
        if (converted[i] != null) {
          converted[i].close();
        }
        converted[i] = CollectiveElements.none(sparse);
        inFile.setAtIndex(JAVA_LONG, i, converted[i].memorySpace());
      }
    }
  }

  /** Has what was converted take the place of the program's elements. */
  private void setConverted(MemorySegment types, MemorySegment inMemory, MemorySegment elements) {
    for (int i = 0; i < objects.length; i++) {
      if (converted[i] != null) {
        types.setAtIndex(JAVA_LONG, i, converted[i].type());
        inMemory.setAtIndex(JAVA_LONG, i, converted[i].memorySpace());
        elements.setAtIndex(JAVA_LONG, i, converted[i].address());
      }
    }
  }

  private void close() {
    for (CollectiveElements elements : converted) {
      if (elements != null) {
        elements.close();
      }
    }
    Arrays.fill(converted, null);
  }

  private static RuntimeException refusal(SparseDataset dataset) {
    String otherWay =
        dataset.hasFilters()
            ? ""
            : ", or create the dataset without the option parallel=sparse, so that it is"
                + " native";
    return new IllegalArgumentException(
        ("%s is sparse, and %d ranks have the file open: they can only write it"
                + " collectively. Set H5FD_MPIO_COLLECTIVE with H5Pset_dxpl_mpio (in h5py: with"
                + " dataset.collective)%s")
            .formatted(UnderDataset.title(dataset.handle()), dataset.ranks(), otherWay));
  }
}
