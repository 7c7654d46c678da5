package io.github.volsparse.vol;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.volsparse.dataset.SparseDataset;
import io.github.volsparse.hdf5.generated.H5VL_datatype_specific_args_t;
import io.github.volsparse.hdf5.generated.H5VL_group_spec_mount_args_t;
import io.github.volsparse.hdf5.generated.H5VL_group_specific_args_t;
import io.github.volsparse.hdf5.generated.H5VL_link_create_args_t;
import io.github.volsparse.hdf5.generated.H5VL_loc_params_t;
import io.github.volsparse.hdf5.generated.H5VL_object_specific_args_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The callbacks of {@code object_cls}, {@code group_cls} and {@code link_cls} that are not just
 * forwarded: those with one of our objects inside their arguments, and those that access the data
 * of datasets.
 */
final class ObjectCallbacks {
  private ObjectCallbacks() {}

  /**
   * {@code void *open(void *obj, const H5VL_loc_params_t *loc_params, H5I_type_t *opened_type,
   * hid_t dxpl_id, void **req)}.
   */
  static long open(long[] arguments) {
    VolObject from = World.object(arguments[0]);
    long address = Forwarding.callBelow(Slot.OBJECT_OPEN, from, arguments);
    Forwarding.wrapRequest(arguments[4], from);
    if (address == 0) {
      return 0;
    }
    int type =
        MemorySegment.ofAddress(arguments[2]).reinterpret(JAVA_INT.byteSize()).get(JAVA_INT, 0);
    return type == hdf5_h.H5I_DATASET
        ? World.wrapDataset(from, address)
        : World.wrap(from, address);
  }

  /**
   * {@code herr_t specific(void *obj, const H5VL_loc_params_t *loc_params,
   * H5VL_object_specific_args_t *args, hid_t dxpl_id, void **req)}.
   */
  static long specific(long[] arguments) {
    SparseDataset sparse = World.dataset(arguments[0]).sparse();
    int operation =
        H5VL_object_specific_args_t.op_type(
            MemorySegment.ofAddress(arguments[2])
                .reinterpret(H5VL_object_specific_args_t.sizeof()));
    if (sparse == null) {
      long done = Forwarding.forward(Slot.OBJECT_SPECIFIC, arguments);
      if (operation == hdf5_h.H5VL_OBJECT_FLUSH && (int) done >= 0) {
        flush(arguments);
      }
      return done;
    }
    boolean refreshes = operation == hdf5_h.H5VL_OBJECT_REFRESH;
    if (refreshes) {
      sparse.writeAndDrop();
    } else if (operation == hdf5_h.H5VL_OBJECT_FLUSH) {
      sparse.writeDirty();
    }
    long result = Forwarding.forward(Slot.OBJECT_SPECIFIC, arguments);
    if (refreshes) {
      sparse.refreshExtent();
    } else if (operation == hdf5_h.H5VL_OBJECT_FLUSH && (int) result >= 0) {
      flush(arguments);
    }
    return result;
  }

  /** Has the file of an object flushed, whose location is the second argument. */
  private static void flush(long[] arguments) {
    MemorySegment location =
        MemorySegment.ofAddress(arguments[1]).reinterpret(H5VL_loc_params_t.sizeof());
    FileCallbacks.flush(World.object(arguments[0]).under(), H5VL_loc_params_t.obj_type(location));
  }

  /**
   * {@code herr_t specific(void *obj, H5VL_datatype_specific_args_t *args, hid_t dxpl_id, void
   * **req)}.
   */
  static long datatypeSpecific(long[] a) {
    long result = Forwarding.forward(Slot.DATATYPE_SPECIFIC, a);
    MemorySegment arguments =
        MemorySegment.ofAddress(a[1]).reinterpret(H5VL_datatype_specific_args_t.sizeof());
    if (H5VL_datatype_specific_args_t.op_type(arguments) == hdf5_h.H5VL_DATATYPE_FLUSH
        && (int) result >= 0) {
      FileCallbacks.flush(World.object(a[0]).under(), hdf5_h.H5I_DATATYPE);
    }
    return result;
  }

  /**
   * {@code herr_t specific(void *obj, H5VL_group_specific_args_t *args, hid_t dxpl_id, void
   * **req)}.
   */
  static long groupSpecific(long[] a) {
    MemorySegment arguments =
        MemorySegment.ofAddress(a[1]).reinterpret(H5VL_group_specific_args_t.sizeof());
    int operation = H5VL_group_specific_args_t.op_type(arguments);
    if (operation != hdf5_h.H5VL_GROUP_MOUNT) {
      long result = Forwarding.forward(Slot.GROUP_SPECIFIC, a);
      if (operation == hdf5_h.H5VL_GROUP_FLUSH && (int) result >= 0) {
        FileCallbacks.flush(World.object(a[0]).under(), hdf5_h.H5I_GROUP);
      }
      return result;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment own = H5VL_group_specific_args_t.allocate(arena).copyFrom(arguments);
      MemorySegment mount =
          H5VL_group_specific_args_t.args.mount(H5VL_group_specific_args_t.args(own));
      MemorySegment child = H5VL_group_spec_mount_args_t.child_file(mount);
      H5VL_group_spec_mount_args_t.child_file(
          mount, MemorySegment.ofAddress(World.object(child.address()).under().address()));
      return Forwarding.forward(Slot.GROUP_SPECIFIC, new long[] {a[0], own.address(), a[2], a[3]});
    }
  }

  /**
   * {@code herr_t create(H5VL_link_create_args_t *args, void *obj, const H5VL_loc_params_t
   * *loc_params, hid_t lcpl_id, hid_t lapl_id, hid_t dxpl_id, void **req)}.
   */
  static long linkCreate(long[] a) {
    MemorySegment arguments =
        MemorySegment.ofAddress(a[0]).reinterpret(H5VL_link_create_args_t.sizeof());
    if (H5VL_link_create_args_t.op_type(arguments) != hdf5_h.H5VL_LINK_CREATE_HARD) {
      return Forwarding.forward(Slot.LINK_CREATE, a);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment own = H5VL_link_create_args_t.allocate(arena).copyFrom(arguments);
      MemorySegment hard = H5VL_link_create_args_t.args.hard(H5VL_link_create_args_t.args(own));
      MemorySegment target = H5VL_link_create_args_t.args.hard.curr_obj(hard);
      long[] words = a.clone();
      words[0] = own.address();
      if (target.address() == 0) {
        return Forwarding.forward(Slot.LINK_CREATE, words);
      }
      VolObject object = World.object(target.address());
      H5VL_link_create_args_t.args.hard.curr_obj(
          hard, MemorySegment.ofAddress(object.under().address()));
      // The location may be "the same as the target's", and then has no object to tell the
      // connector below.
      long result = Forwarding.callBelow(Slot.LINK_CREATE, object, words);
      Forwarding.wrapRequest(a[6], object);
      return result;
    }
  }

  /**
   * {@code herr_t copy(void *src_obj, const H5VL_loc_params_t *loc_params1, const char *src_name,
   * void *dst_obj, …)}.
   */
  static long copy(long[] arguments) {
    World.expectDatasets();
    World.sparseDatasets().beforeCopy();
    return Forwarding.forward(Slot.OBJECT_COPY, arguments);
  }

  /**
   * {@code herr_t optional(void *obj, const H5VL_loc_params_t *loc_params, H5VL_optional_args_t
   * *args, hid_t dxpl_id, void **req)}: of what may look at the file.
   */
  static long optional(long[] arguments) {
    World.writeDirty();
    return Forwarding.forward(Slot.OBJECT_OPTIONAL, arguments);
  }
}
