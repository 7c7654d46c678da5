package io.github.volsparse.vol;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.driver.FileDriver;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.stored.UnderDataset;
import java.lang.foreign.MemorySegment;

/**
 * What a program learns of where in a file data lie. It may read the file there by itself, past
 * HDF5; so what the file driver holds has to be in the file.
 */
final class PlacesInFile {
  /** An address that HDF5 does not have, {@code HADDR_UNDEF}. */
  private static final long UNDEFINED = -1;

  private PlacesInFile() {}

  /**
   * A program learns, or is about to learn, where something of a file is, and HDF5 has written what
   * it held of that. The file is flushed if part of it is held.
   *
   * @param object the file or an object in it, of the connector below
   * @param type what it is, an {@code H5I_type_t}
   */
  static void settle(UnderObject object, int type) {
    if (FileDriver.isAnyHeld() && FileDriver.isHeld(UnderDataset.key(object, type).file())) {
      FileCallbacks.flush(object, type);
    }
  }

  /**
   * The same before HDF5 tells of a dataset's chunks one by one: what it holds of them itself it
   * would write only then.
   */
  static void settleChunks(UnderObject dataset) {
    if (FileDriver.hasFiles()
        && FileDriver.keeps(UnderDataset.key(dataset, hdf5_h.H5I_DATASET).file())) {
      Connectors.flush(dataset);
      settle(dataset, hdf5_h.H5I_DATASET);
    }
  }

  /**
   * A program has learnt where a contiguous dataset is, which stays there: it may map the file
   * there into memory. From now on HDF5's writes go there at once, as they do natively.
   *
   * @param detail address of the arguments of {@code H5Dget_offset}
   */
  static void noteOffset(UnderObject dataset, long detail) {
    if (!FileDriver.hasFiles()) {
      return;
    }
    long place = MemorySegment.ofAddress(detail).reinterpret(8).get(JAVA_LONG, 0);
    long offset = MemorySegment.ofAddress(place).reinterpret(8).get(JAVA_LONG, 0);
    long file = UnderDataset.key(dataset, hdf5_h.H5I_DATASET).file();
    if (offset != UNDEFINED && FileDriver.keeps(file)) {
      settle(dataset, hdf5_h.H5I_DATASET);
      FileDriver.passThrough(file, offset, UnderDataset.storageSize(dataset));
    }
  }
}
