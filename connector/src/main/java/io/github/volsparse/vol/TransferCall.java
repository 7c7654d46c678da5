package io.github.volsparse.vol;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.dataset.SparseDataset;
import io.github.volsparse.dataset.SparseDatasets;
import io.github.volsparse.hdf5.CallContext;
import io.github.volsparse.hdf5.Dataspaces;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.ParallelFiles;
import io.github.volsparse.hdf5.PropertyLists;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.transfer.Transfer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * A read or write of one or more datasets, as a program called it.
 *
 * <p>Datasets that are not sparse, and transfers that the fast path declines, go to the connector
 * below, all in one call: it refuses what it would refuse natively, before anything is read or
 * written. In that call the sparse datasets of the fast path have an empty selection, so that it
 * can check whether all may be used together. Their elements are moved afterwards.
 *
 * <p>Only that call has the program's transfer list and its context: there HDF5 finds the
 * properties and leaves its results. See {@link CallContext}.
 */
final class TransferCall {
  /** All memory of the process. */
  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private final Slot slot;
  private final boolean isRead;
  private final int count;
  private final VolObject[] objects;
  private final long memoryTypes;
  private final long memorySpaces;
  private final long fileSpaces;
  private final long transferList;
  private final long buffers;
  private final long request;

  /** The transfers of the fast path; null for the others. */
  private final Transfer[] fast;

  /**
   * @param slot that of the read or the write
   * @param a the callback's arguments
   */
  TransferCall(Slot slot, long[] a) {
    this.slot = slot;
    isRead = slot == Slot.DATASET_READ;
    count = Math.toIntExact(a[0]);
    memoryTypes = a[2];
    memorySpaces = a[3];
    fileSpaces = a[4];
    transferList = a[5];
    buffers = a[6];
    request = a[7];
    objects = new VolObject[count];
    fast = new Transfer[count];
    for (int i = 0; i < count; i++) {
      objects[i] = World.dataset(word(a[1], i));
      objects[i].requireSound();
    }
  }

  /** A word of an array of HDF5's. */
  static long word(long array, long index) {
    return MEMORY.get(JAVA_LONG, array + index * JAVA_LONG.byteSize());
  }

  /** Does it; returns a {@code herr_t}. */
  long run() {
    if (!isRead && isAnyCollective()) {
      return new CollectiveWrite(objects)
          .run(memoryTypes, memorySpaces, fileSpaces, transferList, buffers, request);
    }
    int fastOnes;
    try (CallContext _ = CallContext.besides(transferList)) {
      fastOnes = prepare();
      if (fastOnes == count) {
        moveAll();
        return 0;
      }
      for (int i = 0; i < count; i++) {
        if (fast[i] == null) {
          beforeBelow(objects[i], word(fileSpaces, i));
        }
      }
    }
    long result = callBelowAlone();
    if ((int) result >= 0 && isRead) {
      afterRead();
    }
    if ((int) result < 0 || fastOnes == 0) {
      return result;
    }
    try (CallContext _ = CallContext.besides(transferList)) {
      move();
    }
    return 0;
  }

  /** Whether one of the datasets is written by ranks together only. */
  private boolean isAnyCollective() {
    for (VolObject object : objects) {
      if (object.sparse() != null && object.sparse().isCollective()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Calls the connector below with the program's transfer list. If that asks for a transfer by all
   * ranks together, and sparse datasets alone are in the call, the list is one for this rank alone:
   * others may have moved their elements already, and would never come.
   *
   * @return a {@code herr_t}
   */
  private long callBelowAlone() {
    for (VolObject object : objects) {
      if (object.sparse() == null || object.access().ranks() == 0) {
        return callBelow(transferList);
      }
    }
    return ParallelFiles.with(transferList, hdf5_h.H5FD_MPIO_INDEPENDENT, this::callBelow);
  }

  /** Empties what the connector below keeps of chunks that are written by ranks together. */
  private void afterRead() {
    for (int i = 0; i < count; i++) {
      SparseDataset sparse = objects[i].sparse();
      if (sparse != null && sparse.isCollective() && fast[i] == null) {
        try (CallContext _ = CallContext.besides(transferList)) {
          sparse.afterNativeRead(word(fileSpaces, i));
        }
      }
    }
  }

  /** Finds out which transfers the fast path takes, and returns their number. */
  private int prepare() {
    int fastOnes = 0;
    for (int i = 0; i < count; i++) {
      if (objects[i].sparse() != null) {
        fast[i] =
            Transfer.prepare(
                objects[i].sparse(),
                word(memoryTypes, i),
                word(memorySpaces, i),
                word(fileSpaces, i),
                transferList,
                word(buffers, i),
                isRead);
        fastOnes += fast[i] == null ? 0 : 1;
      }
    }
    if (count > 1 && isAnyTwice()) {
      Arrays.fill(fast, null); // which HDF5 may refuse, and if not, the order matters
      return 0;
    }
    return fastOnes;
  }

  /** Whether a sparse dataset is among them twice. */
  private boolean isAnyTwice() {
    Set<SparseDataset> seen = new HashSet<>();
    for (VolObject object : objects) {
      if (object.sparse() != null && !seen.add(object.sparse())) {
        return true;
      }
    }
    return false;
  }

  /** Moves the elements of all, none of which goes below, and says how in the transfer list. */
  private void moveAll() {
    if (count > 1) {
      callBelow(PropertyLists.defaultTransferList());
    }
    SparseDatasets datasets = World.sparseDatasets();
    long before = datasets.movedChunks();
    move();
    if (!PropertyLists.isDefaultTransferList(transferList)) {
      PropertyLists.setResultsOfFilteredTransfer(transferList, datasets.movedChunks() > before);
    }
  }

  private void move() {
    for (Transfer transfer : fast) {
      if (transfer != null && isRead) {
        transfer.read();
      } else if (transfer != null) {
        transfer.write();
      }
    }
  }

  /** Has the file hold what the connector below is about to read or replace. */
  private void beforeBelow(VolObject object, long fileSpace) {
    if (object.isVirtual()) {
      if (isRead) {
        World.sparseDatasets().beforeNativeRead();
      } else {
        World.sparseDatasets().beforeNativeWrite();
      }
    } else if (object.sparse() != null) {
      if (isRead && !object.sparse().isCollective()) {
        object.sparse().beforeNativeRead();
      } else if (!isRead) {
        object.sparse().requireWritable();
        object.sparse().beforeNativeWrite(fileSpace);
      }
    }
  }

  /**
   * Calls the connector below for all of them; of those of the fast path nothing is selected.
   *
   * @return a {@code herr_t}
   */
  private long callBelow(long dxpl) {
    long connector = objects[0].under().connector();
    long[] nothing = new long[count];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment below = addressesBelow(objects, arena);
      MemorySegment inMemory = arena.allocate(JAVA_LONG, count);
      MemorySegment inFile = arena.allocate(JAVA_LONG, count);
      for (int i = 0; i < count; i++) {
        nothing[i] = fast[i] == null ? 0 : objects[i].sparse().nothingSelected();
        inMemory.setAtIndex(JAVA_LONG, i, fast[i] == null ? word(memorySpaces, i) : nothing[i]);
        inFile.setAtIndex(JAVA_LONG, i, fast[i] == null ? word(fileSpaces, i) : nothing[i]);
      }
      long result =
          slot.function.call(
              count,
              below.address(),
              connector,
              memoryTypes,
              inMemory.address(),
              inFile.address(),
              dxpl,
              buffers,
              request);
      Forwarding.wrapRequest(request, objects[0]);
      if ((int) result < 0 && isAnyOpen(nothing)) {
        throw new Hdf5Exception(slot.function.name()); // closing them would clear the error stack
      }
      return result;
    } finally {
      for (long space : nothing) {
        if (space > 0) {
          Dataspaces.H5Sclose(space);
        }
      }
    }
  }

  /** The datasets as the connector below knows them. */
  static MemorySegment addressesBelow(VolObject[] objects, Arena arena) {
    MemorySegment below = arena.allocate(JAVA_LONG, objects.length);
    for (int i = 0; i < objects.length; i++) {
      if (objects[i].under().connector() != objects[0].under().connector()) {
        throw new IllegalArgumentException(
            "the datasets of one call are in files of different connectors: make one call"
                + " for each connector");
      }
      below.setAtIndex(JAVA_LONG, i, objects[i].under().address());
    }
    return below;
  }

  private static boolean isAnyOpen(long[] spaces) {
    for (long space : spaces) {
      if (space > 0) {
        return true;
      }
    }
    return false;
  }
}
