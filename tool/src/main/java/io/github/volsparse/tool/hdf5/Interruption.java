package io.github.volsparse.tool.hdf5;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What is done when a signal ends the process before its work is complete.
 *
 * <p>A thread is probably inside HDF5 then. If the process ended in the usual way, HDF5 would close
 * itself in another thread and crash. So this process exits at once.
 */
public final class Interruption {
  /** What shells report of a program that Ctrl-C has ended. */
  private static final int STATUS = 130;

  private static final Deque<Runnable> CLEANUPS = new ArrayDeque<>();

  private Interruption() {}

  /** Does a piece of work, such that a signal ends it cleanly. */
  public static int during(Work work) {
    Thread leaving = new Thread(Interruption::leave, "interruption");
    Runtime.getRuntime().addShutdownHook(leaving);
    int status = work.run();
    try {
      Runtime.getRuntime().removeShutdownHook(leaving);
    } catch (IllegalStateException e) {
      return status; // a signal came just now, and has its way
    }
    return status;
  }

  /** A piece of work that returns the process's exit code. */
  public interface Work {
    /** Does it. */
    int run();
  }

  private static void leave() {
    synchronized (CLEANUPS) {
      CLEANUPS.forEach(Runnable::run);
    }
    H5.leave(STATUS);
  }

  /** Has something done if a signal ends the process; on a thread of its own. */
  public static void add(Runnable cleanup) {
    synchronized (CLEANUPS) {
      CLEANUPS.push(cleanup);
    }
  }

  /** It need not be done any more. */
  public static void remove(Runnable cleanup) {
    synchronized (CLEANUPS) {
      CLEANUPS.remove(cleanup);
    }
  }
}
