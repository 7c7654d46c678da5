package io.github.volsparse.transfer;

import io.github.volsparse.dataset.SparseDataset;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.Dataspaces;
import io.github.volsparse.hdf5.Datatypes;
import io.github.volsparse.hdf5.PropertyLists;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.stored.FileType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The elements of one rank for a collective write, in the dataset's datatype: packed in separate
 * memory, in the order of their selection. HDF5 does not convert elements in collective writes
 * through a filter, and refuses the whole call if one rank requests it.
 */
public final class CollectiveElements implements AutoCloseable {
  private final Arena arena = Arena.ofConfined();
  private final FileType.Open type;
  private final SparseDataset dataset;
  private long memorySpace;
  private MemorySegment elements = MemorySegment.NULL;

  private CollectiveElements(SparseDataset dataset) {
    this.dataset = dataset;
    type = dataset.fileType().open();
  }

  /**
   * Converts the elements of a write.
   *
   * @param memoryType their datatype in the program's memory
   * @param memorySpace the memory dataspace, or a constant in its place
   * @param fileSpace the file dataspace, or a constant in its place
   * @param transferList for the conversion
   * @param buffer address of the program's memory
   * @return null if the arguments are to go to HDF5 as they are: there is nothing to convert, or it
   *     will refuse them
   */
  public static CollectiveElements convert(
      SparseDataset dataset,
      long memoryType,
      long memorySpace,
      long fileSpace,
      long transferList,
      long buffer) {
    long count = count(dataset, memorySpace, fileSpace);
    if (count < 0 || count > 0 && buffer == 0 || PropertyLists.hasDataTransform(transferList)) {
      return null;
    }
    CollectiveElements converted = new CollectiveElements(dataset);
    boolean done = false;
    try {
      long from = memoryType;
      long to = converted.type.id();
      if (!Datatypes.H5Tequal(from, to) && Datatypes.canConvert(from, to)) {
        converted.fill(from, memorySpace, fileSpace, transferList, buffer, count);
        done = true;
      }
      return done ? converted : null;
    } finally {
      if (!done) {
        converted.close();
      }
    }
  }

  /**
   * Nothing, in the dataset's datatype: what a rank gives that has failed, so that the others do
   * not wait for it.
   */
  public static CollectiveElements none(SparseDataset dataset) {
    CollectiveElements nothing = new CollectiveElements(dataset);
    nothing.memorySpace = dataset.nothingSelected();
    return nothing;
  }

  /** The number of elements selected, the same in memory and in the file; else -1. */
  private static long count(SparseDataset dataset, long memorySpace, long fileSpace) {
    if (memorySpace == hdf5_h.H5S_PLIST
        || fileSpace == hdf5_h.H5S_PLIST
        || fileSpace == hdf5_h.H5S_BLOCK) {
      return -1;
    }
    long inFile =
        fileSpace == hdf5_h.H5S_ALL
            ? dataset.grid().elements()
            : Dataspaces.H5Sget_select_npoints(fileSpace);
    boolean isSame = memorySpace == hdf5_h.H5S_ALL || memorySpace == hdf5_h.H5S_BLOCK;
    return isSame || Dataspaces.H5Sget_select_npoints(memorySpace) == inFile ? inFile : -1;
  }

  private void fill(
      long memoryType,
      long programSpace,
      long fileSpace,
      long transferList,
      long buffer,
      long count) {
    memorySpace = Dataspaces.H5Screate_simple(new long[] {Math.max(1, count)});
    if (count == 0) {
      Dataspaces.H5Sselect_none(memorySpace);
      return;
    }
    long size = Datatypes.H5Tget_size(memoryType);
    long room = Math.multiplyExact(count, Math.max(size, dataset.filter().elementSize()));
    elements = arena.allocate(room, 64);
    gather(programSpace == hdf5_h.H5S_ALL ? fileSpace : programSpace, buffer, size, count);
    long background = 0;
    if (Datatypes.H5Tdetect_class(memoryType, hdf5_h.H5T_COMPOUND)) {
      background = stored(fileSpace, arena.allocate(room, 64).address());
    }
    Datatypes.H5Tconvert(
        memoryType, type.id(), count, elements.address(), background, transferList);
  }

  /** Packs the program's elements. */
  private void gather(long space, long buffer, long size, long count) {
    if (space == hdf5_h.H5S_ALL || space == hdf5_h.H5S_BLOCK) {
      elements.copyFrom(MemorySegment.ofAddress(buffer).reinterpret(count * size));
      return;
    }
    MemorySegment memory = MemorySegment.ofAddress(buffer).reinterpret(Long.MAX_VALUE);
    long[] packed = {0};
    Dataspaces.forEachSequence(
        space,
        (offset, length) -> {
          MemorySegment.copy(memory, offset * size, elements, packed[0], length * size);
          packed[0] += length * size;
        });
  }

  /** Reads what is in the file where the elements go: a conversion may set some members only. */
  private long stored(long fileSpace, long into) {
    Transfer read =
        Transfer.prepare(
            dataset,
            type.id(),
            memorySpace,
            fileSpace,
            PropertyLists.defaultTransferList(),
            into,
            true);
    if (read != null) {
      read.read();
    } else {
      Connectors.H5VLdataset_read(dataset.handle(), type.id(), memorySpace, fileSpace, into);
      dataset.afterNativeRead(fileSpace);
    }
    return into;
  }

  /** The dataset's datatype, open as long as this is. */
  public long type() {
    return type.id();
  }

  /** A dataspace that selects them all. */
  public long memorySpace() {
    return memorySpace;
  }

  /** Their address. */
  public long address() {
    return elements.address();
  }

  @Override
  public void close() {
    if (memorySpace > 0) {
      Dataspaces.H5Sclose(memorySpace);
    }
    type.close();
    arena.close();
  }
}
