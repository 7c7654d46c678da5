package io.github.volsparse.hdf5;

import static io.github.volsparse.hdf5.Hdf5.RESULT;
import static io.github.volsparse.hdf5.Hdf5.check;
import static io.github.volsparse.hdf5.Hdf5.isDone;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.LongUnaryOperator;

/**
 * Files that the processes of an MPI communicator, its ranks, have open together; only an HDF5 that
 * was built for MPI has them.
 *
 * <p>Every function throws {@link Hdf5Exception} on failure, and may be called only on the thread
 * of a callback.
 */
public final class ParallelFiles {
  private static final boolean EXIST = Hdf5Library.has("H5Pset_dxpl_mpio");

  /** Where HDF5 keeps the communicator in an access list; it is a copy for each who asks. */
  private static final String COMMUNICATOR = "mpi_params_comm";

  private ParallelFiles() {}

  /**
   * How many ranks open a file with an access list; 0 if its driver knows none.
   *
   * <p>To be called by all of them, as the open is.
   */
  public static int ranks(long fapl) {
    if (!EXIST) {
      return 0;
    }
    long driver = check("H5Pget_driver", hdf5_h.H5Pget_driver(fapl));
    RESULT.set(JAVA_LONG, 0, 0);
    boolean hasRanks =
        isDone(hdf5_h.H5FDdriver_query(driver, RESULT))
            && (RESULT.get(JAVA_LONG, 0) & hdf5_h.H5FD_FEAT_HAS_MPI) != 0;
    return hasRanks ? communicatorSize(fapl) : 0;
  }

  /** MPI's functions are those of the library that HDF5 is linked with. */
  private static int communicatorSize(long fapl) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment communicator = arena.allocate(JAVA_LONG); // an int, or a pointer
      check("H5Pget", hdf5_h.H5Pget(fapl, Text.allocate(arena, COMMUNICATOR), communicator));
      MemorySegment size = arena.allocate(JAVA_INT);
      long handle = communicator.get(JAVA_LONG, 0);
      Words.call(Words.find("MPI_Comm_size"), handle, size.address(), 0, 0, 0, 0);
      Words.call(Words.find("MPI_Comm_free"), communicator.address(), 0, 0, 0, 0, 0);
      return size.get(JAVA_INT, 0);
    }
  }

  /** How a transfer list wants elements to be moved, an {@code H5FD_mpio_xfer_t}. */
  public static int mode(long dxpl) {
    if (!EXIST || PropertyLists.isDefaultTransferList(dxpl)) {
      return hdf5_h.H5FD_MPIO_INDEPENDENT;
    }
    check("H5Pget_dxpl_mpio", hdf5_h.H5Pget_dxpl_mpio(dxpl, RESULT));
    return RESULT.get(JAVA_INT, 0);
  }

  /**
   * Calls a function of HDF5 with a transfer list of a mode: the one given, or a copy of it.
   *
   * <p>A copy gets a context of its own: at the end of a context HDF5 puts results into the list
   * that was used in it.
   *
   * @param mode an {@code H5FD_mpio_xfer_t}
   * @param call takes the list, and returns a {@code herr_t}
   * @return what it returned
   */
  public static long with(long dxpl, int mode, LongUnaryOperator call) {
    if (mode(dxpl) == mode) {
      return call.applyAsLong(dxpl);
    }
    long copy =
        PropertyLists.H5Pcopy(
            PropertyLists.isDefaultTransferList(dxpl) ? PropertyLists.defaultTransferList() : dxpl);
    try (CallContext _ = CallContext.open()) {
      check("H5Pset_dxpl_mpio", hdf5_h.H5Pset_dxpl_mpio(copy, mode));
      long result = call.applyAsLong(copy);
      if ((int) result < 0) {
        throw new Hdf5Exception("the transfer"); // closing would clear the error stack
      }
      return result;
    } finally {
      PropertyLists.H5Pclose(copy);
    }
  }
}
