package io.github.volsparse.vol;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.dataset.SparseDataset;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.transfer.DefinedElements;
import java.lang.foreign.MemorySegment;

/**
 * The optional operations on the defined elements of a dataset. {@code vol_sparse.h} declares their
 * names and the structs they take, and wraps them in functions for programs in C.
 */
final class DefinedCallbacks {
  /** An operation, by its name among those of datasets; its ordinal counts from the first. */
  enum Operation {
    GET_DEFINED("vol-sparse.get_defined", hdf5_h.H5VL_OPT_QUERY_READ_DATA),
    GET_NUM_DEFINED("vol-sparse.get_num_defined", hdf5_h.H5VL_OPT_QUERY_READ_DATA),
    ITERATE_DEFINED("vol-sparse.iterate_defined", hdf5_h.H5VL_OPT_QUERY_READ_DATA),
    ERASE("vol-sparse.erase", hdf5_h.H5VL_OPT_QUERY_WRITE_DATA);

    private final String name;
    private final long flags;
    private int value;

    Operation(String name, long flags) {
      this.name = name;
      this.flags = flags;
    }
  }

  /** The first values of operations are HDF5's own, so 0 is never one of ours. */
  private static final Operation[] OPERATIONS = Operation.values();

  private DefinedCallbacks() {}

  /** Registers the operations with the library, which gives each its value. */
  static void register() {
    for (Operation operation : OPERATIONS) {
      operation.value = Connectors.registerDatasetOperation(operation.name);
    }
  }

  /** The library closes: the values may become those of other operations. */
  static void forget() {
    for (Operation operation : OPERATIONS) {
      operation.value = 0;
    }
  }

  /** The operation of ours with a value, or null. */
  static Operation operation(int value) {
    for (Operation operation : OPERATIONS) {
      if (operation.value == value && value != 0) {
        return operation;
      }
    }
    return null;
  }

  /**
   * {@code herr_t opt_query(void *obj, H5VL_subclass_t subcls, int opt_type, uint64_t *flags)}: we
   * support our operations; of others the connector below knows.
   */
  static long query(long[] a) {
    Operation operation = (int) a[1] == hdf5_h.H5VL_SUBCLS_DATASET ? operation((int) a[2]) : null;
    if (operation == null) {
      return Forwarding.forward(Slot.INTROSPECT_OPT_QUERY, a);
    }
    memory(a[3], 1)
        .set(
            JAVA_LONG,
            0,
            hdf5_h.H5VL_OPT_QUERY_SUPPORTED | hdf5_h.H5VL_OPT_QUERY_NO_ASYNC | operation.flags);
    return 0;
  }

  /**
   * Does one of the operations.
   *
   * @param arguments address of the struct for it
   * @param dxpl the transfer list
   */
  static long call(Operation operation, VolObject object, long arguments, long dxpl) {
    object.requireSound();
    SparseDataset sparse = object.sparse();
    if (sparse == null) {
      throw new IllegalArgumentException(
          object.isVirtual()
              ? "a virtual dataset does not record which elements are defined: ask its source"
                  + " datasets"
              : "the dataset is not sparse: it was created without the connector, or is of a"
                  + " kind that stays native, so it does not record which elements are defined");
    }
    if (arguments == 0) {
      throw new IllegalArgumentException("the operation " + operation.name + " has no arguments");
    }
    return switch (operation) {
      case GET_DEFINED -> getDefined(sparse, memory(arguments, 2));
      case GET_NUM_DEFINED -> getNumDefined(sparse, memory(arguments, 2));
      case ITERATE_DEFINED -> iterate(sparse, memory(arguments, 5), dxpl);
      case ERASE -> erase(sparse, memory(arguments, 1));
    };
  }

  /** {@code struct { hid_t file_space_id; hid_t space_id; }}. */
  private static long getDefined(SparseDataset sparse, MemorySegment arguments) {
    long space = new DefinedElements(sparse, arguments.getAtIndex(JAVA_LONG, 0)).select();
    arguments.setAtIndex(JAVA_LONG, 1, space);
    return 0;
  }

  /** {@code struct { hid_t file_space_id; hsize_t count; }}. */
  private static long getNumDefined(SparseDataset sparse, MemorySegment arguments) {
    long count = new DefinedElements(sparse, arguments.getAtIndex(JAVA_LONG, 0)).count();
    arguments.setAtIndex(JAVA_LONG, 1, count);
    return 0;
  }

  /**
   * {@code struct { hid_t file_space_id; hid_t mem_type_id; vol_sparse_defined_op_t op; void
   * *op_data; int op_result; }}.
   */
  private static long iterate(SparseDataset sparse, MemorySegment arguments, long dxpl) {
    long function = arguments.getAtIndex(JAVA_LONG, 2);
    long data = arguments.getAtIndex(JAVA_LONG, 3);
    if (function == 0) {
      throw new IllegalArgumentException("no function was given to receive the defined elements");
    }
    int result =
        new DefinedElements(sparse, arguments.getAtIndex(JAVA_LONG, 0))
            .iterate(
                arguments.getAtIndex(JAVA_LONG, 1),
                dxpl,
                (count, coordinates, values) ->
                    Connectors.callElementFunction(function, count, coordinates, values, data));
    arguments.set(JAVA_INT, 4 * JAVA_LONG.byteSize(), result);
    if (result < 0) {
      throw new IllegalArgumentException(
          "the program's function for defined elements returned " + result);
    }
    return 0;
  }

  /** {@code struct { hid_t file_space_id; }}. */
  private static long erase(SparseDataset sparse, MemorySegment arguments) {
    new DefinedElements(sparse, arguments.getAtIndex(JAVA_LONG, 0)).erase();
    return 0;
  }

  private static MemorySegment memory(long address, int words) {
    return MemorySegment.ofAddress(address).reinterpret(words * JAVA_LONG.byteSize());
  }
}
