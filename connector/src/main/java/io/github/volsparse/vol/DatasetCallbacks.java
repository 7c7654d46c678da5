package io.github.volsparse.vol;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.dataset.CreationProperties;
import io.github.volsparse.dataset.SparseDataset;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.PropertyLists;
import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.hdf5.generated.H5VL_dataset_get_args_t;
import io.github.volsparse.hdf5.generated.H5VL_dataset_specific_args_t;
import io.github.volsparse.hdf5.generated.H5VL_loc_params_t;
import io.github.volsparse.hdf5.generated.H5VL_optional_args_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.stored.ChunkInfo;
import io.github.volsparse.stored.PageBuffer;
import io.github.volsparse.transfer.ProgramChunks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The callbacks of {@code dataset_cls}. */
final class DatasetCallbacks {
  private DatasetCallbacks() {}

  /**
   * {@code void *create(void *obj, const H5VL_loc_params_t *loc_params, const char *name, hid_t
   * lcpl_id, hid_t type_id, hid_t space_id, hid_t dcpl_id, hid_t dapl_id, hid_t dxpl_id, void
   * **req)}.
   */
  static long create(long[] arguments) {
    VolObject from = World.object(arguments[0]);
    World.expectDatasets(); // the filter must be there before HDF5 checks the pipeline
    int locationType =
        H5VL_loc_params_t.obj_type(
            MemorySegment.ofAddress(arguments[1]).reinterpret(H5VL_loc_params_t.sizeof()));
    long dcpl =
        CreationProperties.forSparse(
            arguments[6],
            arguments[4],
            arguments[5],
            new CreationProperties.Place(
                from.under(), locationType, arguments[2], from.access().ranks()),
            from.access().configuration());
    if (dcpl == 0) {
      return openBelow(Slot.DATASET_CREATE, from, arguments);
    }
    try {
      MemorySegment location =
          MemorySegment.ofAddress(arguments[1]).reinterpret(H5VL_loc_params_t.sizeof());
      if (PageBuffer.isIn(from.under(), location)) {
        return openBelow(Slot.DATASET_CREATE, from, arguments);
      }
      long[] stored = arguments.clone();
      stored[6] = dcpl;
      long handle =
          PropertyLists.H5Pget_layout(arguments[6]) == hdf5_h.H5D_CONTIGUOUS
              ? openContiguous(Slot.DATASET_CREATE, from, stored, 7)
              : openBelow(Slot.DATASET_CREATE, from, stored);
      boolean done = false;
      try {
        SparseDataset sparse = World.object(handle).sparse();
        if (sparse != null) { // else it is damaged, as the first use of its data will say
          sparse.allocateEarly();
        }
        done = true;
        return handle;
      } finally {
        if (!done) {
          World.giveUpDataset(handle);
        }
      }
    } finally {
      PropertyLists.H5Pclose(dcpl);
    }
  }

  /**
   * {@code void *open(void *obj, const H5VL_loc_params_t *loc_params, const char *name, hid_t
   * dapl_id, hid_t dxpl_id, void **req)}.
   */
  static long open(long[] arguments) {
    VolObject from = World.object(arguments[0]);
    try {
      return openBelow(Slot.DATASET_OPEN, from, arguments);
    } catch (Hdf5Exception e) {
      if (PropertyLists.hasAppendFlush(arguments[3])) {
        long handle = openIfContiguous(from, arguments);
        if (handle != 0) {
          e.discardErrorStack();
          return handle;
        }
      }
      throw e;
    }
  }

  /** Opens a dataset whose access list may be wrong for chunks only; 0 if it is not that. */
  private static long openIfContiguous(VolObject from, long[] arguments) {
    try {
      long handle = openContiguous(Slot.DATASET_OPEN, from, arguments, 3);
      if (ContiguousLayout.isOf(World.object(handle).sparse())) {
        return handle;
      }
      close(new long[] {handle, PropertyLists.defaultTransferList(), 0});
    } catch (Hdf5Exception e) {
      e.discardErrorStack();
    }
    return 0;
  }

  /**
   * Opens or creates a dataset that is contiguous to the program; its access list is at a place.
   */
  private static long openContiguous(Slot slot, VolObject from, long[] arguments, int accessAt) {
    long dapl = ContiguousLayout.withoutChunks(arguments[accessAt]);
    try {
      long[] all = arguments.clone();
      all[accessAt] = dapl;
      return openBelow(slot, from, all);
    } finally {
      PropertyLists.H5Pclose(dapl);
    }
  }

  private static long openBelow(Slot slot, VolObject from, long[] arguments) {
    long address = Forwarding.callBelow(slot, from, arguments);
    if (address == 0) {
      throw new Hdf5Exception(slot.function.name());
    }
    Forwarding.wrapRequest(arguments[arguments.length - 1], from);
    return World.wrapDataset(from, address);
  }

  /**
   * {@code herr_t read(size_t count, void *dset[], hid_t mem_type_id[], hid_t mem_space_id[], hid_t
   * file_space_id[], hid_t dxpl_id, void *buf[], void **req)}.
   */
  static long read(long[] a) {
    return new TransferCall(Slot.DATASET_READ, a).run();
  }

  /** {@code write}, with the parameters of {@link #read}. */
  static long write(long[] a) {
    return new TransferCall(Slot.DATASET_WRITE, a).run();
  }

  /** {@code herr_t get(void *obj, H5VL_dataset_get_args_t *args, hid_t dxpl_id, void **req)}. */
  static long get(long[] a) {
    SparseDataset sparse = World.dataset(a[0]).sparse();
    if (sparse == null) {
      return Forwarding.forward(Slot.DATASET_GET, a);
    }
    MemorySegment arguments =
        MemorySegment.ofAddress(a[1]).reinterpret(H5VL_dataset_get_args_t.sizeof());
    int operation = H5VL_dataset_get_args_t.op_type(arguments);
    if (operation == hdf5_h.H5VL_DATASET_GET_STORAGE_SIZE
        || operation == hdf5_h.H5VL_DATASET_GET_SPACE_STATUS) {
      sparse.writeDirty();
    }
    long result = Forwarding.forward(Slot.DATASET_GET, a);
    if (operation == hdf5_h.H5VL_DATASET_GET_DCPL && (int) result >= 0) {
      long dcpl =
          H5VL_dataset_get_args_t.args.get_dcpl.dcpl_id(H5VL_dataset_get_args_t.args(arguments));
      CreationProperties.restore(dcpl, sparse.filter());
    } else if (operation == hdf5_h.H5VL_DATASET_GET_DAPL
        && (int) result >= 0
        && ContiguousLayout.isOf(sparse)) {
      PropertyLists.resetChunkAccess(
          H5VL_dataset_get_args_t.args.get_dapl.dapl_id(H5VL_dataset_get_args_t.args(arguments)));
    } else if (operation == hdf5_h.H5VL_DATASET_GET_SPACE_STATUS && (int) result >= 0) {
      MemorySegment status =
          H5VL_dataset_get_args_t.args.get_space_status.status(
              H5VL_dataset_get_args_t.args(arguments));
      status.set(JAVA_INT, 0, sparse.spaceStatus(status.get(JAVA_INT, 0)));
    }
    return result;
  }

  /**
   * {@code herr_t specific(void *obj, H5VL_dataset_specific_args_t *args, hid_t dxpl_id, void
   * **req)}.
   */
  static long specific(long[] a) {
    long result = forwardSpecific(a);
    int operation =
        H5VL_dataset_specific_args_t.op_type(
            MemorySegment.ofAddress(a[1]).reinterpret(H5VL_dataset_specific_args_t.sizeof()));
    if (operation == hdf5_h.H5VL_DATASET_FLUSH && (int) result >= 0) {
      FileCallbacks.flush(World.object(a[0]).under(), hdf5_h.H5I_DATASET);
    }
    return result;
  }

  private static long forwardSpecific(long[] a) {
    VolObject object = World.dataset(a[0]);
    SparseDataset sparse = object.sparse();
    MemorySegment arguments =
        MemorySegment.ofAddress(a[1]).reinterpret(H5VL_dataset_specific_args_t.sizeof());
    int operation = H5VL_dataset_specific_args_t.op_type(arguments);
    boolean setsExtent = operation == hdf5_h.H5VL_DATASET_SET_EXTENT;
    if (setsExtent) {
      object.requireSound();
    }
    if (sparse == null) {
      if (object.isVirtual()) {
        World.writeDirty(); // a flush of it is one of the datasets its elements lie in
      }
      return Forwarding.forward(Slot.DATASET_SPECIFIC, a);
    }
    boolean refreshes = operation == hdf5_h.H5VL_DATASET_REFRESH;
    if (setsExtent && ContiguousLayout.isOf(sparse)) {
      sparse.requireWritable(); // HDF5 asks that first
      return ContiguousLayout.refuseExtent();
    }
    if (setsExtent) {
      sparse.beforeExtent(newExtent(arguments));
    } else if (refreshes) {
      sparse.writeAndDrop();
    } else {
      sparse.writeDirty();
    }
    long result = Forwarding.forward(Slot.DATASET_SPECIFIC, a);
    if (setsExtent && sparse.isToBeReopened() && (int) result >= 0) {
      Reopening.of(sparse);
    }
    if ((setsExtent || refreshes) && (int) result >= 0) {
      sparse.refreshExtent();
    }
    return result;
  }

  /** The place of the new extent in the arguments of {@code SET_EXTENT}. */
  private static MemorySegment newExtent(MemorySegment arguments) {
    return H5VL_dataset_specific_args_t.args.set_extent.size(
        H5VL_dataset_specific_args_t.args(arguments));
  }

  /**
   * {@code herr_t optional(void *obj, H5VL_optional_args_t *args, hid_t dxpl_id, void **req)}.
   *
   * <p>What concerns chunks is answered as the program knows them; see {@link ProgramChunks}. What
   * concerns defined elements is ours: see {@link DefinedCallbacks}.
   */
  static long optional(long[] a) {
    VolObject object = World.dataset(a[0]);
    SparseDataset sparse = object.sparse();
    MemorySegment arguments =
        MemorySegment.ofAddress(a[1]).reinterpret(H5VL_optional_args_t.sizeof());
    int operation = H5VL_optional_args_t.op_type(arguments);
    long detail = H5VL_optional_args_t.args(arguments).address();
    DefinedCallbacks.Operation ours = DefinedCallbacks.operation(operation);
    if (ours != null) {
      return DefinedCallbacks.call(ours, object, detail, a[2]);
    }
    if (sparse == null) {
      if (operation != hdf5_h.H5VL_NATIVE_DATASET_GET_CHUNK_INDEX_TYPE) {
        object.requireSound();
      }
      if (operation == hdf5_h.H5VL_NATIVE_DATASET_CHUNK_ITER) {
        PlacesInFile.settleChunks(object.under());
      }
      long result = Forwarding.forward(Slot.DATASET_OPTIONAL, a);
      if ((int) result >= 0) {
        settle(object.under(), operation, detail);
      }
      return result;
    }
    if (ContiguousLayout.isOf(sparse) && ContiguousLayout.isOnChunks(operation)) {
      return ContiguousLayout.refuseChunks();
    }
    ProgramChunks chunks = new ProgramChunks(sparse);
    boolean done = false;
    if (operation == hdf5_h.H5VL_NATIVE_DATASET_CHUNK_WRITE) {
      done = chunks.write(detail);
    } else if (operation == hdf5_h.H5VL_NATIVE_DATASET_CHUNK_READ) {
      done = chunks.read(detail);
    } else if (operation == hdf5_h.H5VL_NATIVE_DATASET_GET_CHUNK_STORAGE_SIZE) {
      done = chunks.storageSize(detail);
    } else if (operation == hdf5_h.H5VL_NATIVE_DATASET_CHUNK_ITER) {
      sparse.writeDirty();
      PlacesInFile.settleChunks(object.under());
      return iterate(chunks, detail);
    } else if (operation == hdf5_h.H5VL_NATIVE_DATASET_GET_CHUNK_INFO_BY_IDX) {
      chunks.infoByIndex(detail);
      settle(object.under(), operation, detail);
      return 0;
    }
    if (done) {
      return 0;
    }
    sparse.writeAndDrop();
    long result = Forwarding.forward(Slot.DATASET_OPTIONAL, a);
    if ((int) result >= 0 && operation == hdf5_h.H5VL_NATIVE_DATASET_GET_CHUNK_INFO_BY_COORD) {
      chunks.translateInfoByCoordinates(detail);
      settle(object.under(), operation, detail);
    }
    return result;
  }

  /** The program has learnt where something is, if this operation says so. */
  private static void settle(UnderObject dataset, int operation, long detail) {
    if (operation == hdf5_h.H5VL_NATIVE_DATASET_GET_CHUNK_INFO_BY_IDX
        || operation == hdf5_h.H5VL_NATIVE_DATASET_GET_CHUNK_INFO_BY_COORD) {
      PlacesInFile.settle(dataset, hdf5_h.H5I_DATASET);
    } else if (operation == hdf5_h.H5VL_NATIVE_DATASET_GET_OFFSET) {
      PlacesInFile.noteOffset(dataset, detail);
    }
  }

  /** {@code H5Dchunk_iter}: the arguments are the program's function and its data. */
  private static long iterate(ProgramChunks chunks, long detail) {
    long[] function = MemorySegment.ofAddress(detail).reinterpret(16).toArray(JAVA_LONG);
    return chunks.iterate(function[0], function[1]);
  }

  /** The chunks a walk has met so far. */
  private record Walk(int rank, List<ChunkInfo> chunks) {}

  /** Lists the stored chunks of a dataset of the connector below. */
  static List<ChunkInfo> storedChunks(UnderObject dataset, int rank) {
    Walk walk = new Walk(rank, new ArrayList<>());
    long handle = World.handles().put(walk);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment own = arena.allocateFrom(JAVA_LONG, World.chunkIteration(), handle);
      MemorySegment arguments = H5VL_optional_args_t.allocate(arena);
      H5VL_optional_args_t.op_type(arguments, hdf5_h.H5VL_NATIVE_DATASET_CHUNK_ITER);
      H5VL_optional_args_t.args(arguments, own);
      Connectors.H5VLdataset_optional(dataset, arguments);
    } finally {
      World.handles().remove(handle);
    }
    return walk.chunks;
  }

  /**
   * {@code int op(const hsize_t *offset, unsigned filter_mask, haddr_t addr, hsize_t size, void
   * *op_data)}.
   */
  static long visitChunk(long[] a) {
    Walk walk = World.handles().get(a[4], Walk.class);
    long[] offset = MemorySegment.ofAddress(a[0]).reinterpret(8L * walk.rank).toArray(JAVA_LONG);
    walk.chunks.add(new ChunkInfo(offset, (int) a[1], a[2], a[3]));
    return 0;
  }

  /**
   * {@code herr_t close(void *dset, hid_t dxpl_id, void **req)}.
   *
   * <p>Does not fail because data cannot be written: see {@link SparseDataset#releaseHandle}.
   */
  static long close(long[] arguments) {
    VolObject object = World.object(arguments[0]);
    if (object.sparse() != null
        && !World.sparseDatasets().release(object.sparse(), object.under())) {
      World.handles().remove(arguments[0]);
      return 0;
    }
    return Forwarding.forward(Slot.DATASET_CLOSE, arguments);
  }
}
