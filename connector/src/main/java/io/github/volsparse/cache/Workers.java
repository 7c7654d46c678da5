package io.github.volsparse.cache;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The threads that encode and decode chunks in addition to the calling thread. They only access
 * memory, and are daemons: the program may end while they wait for work.
 */
final class Workers {
  private ExecutorService executor;
  private int size;

  /**
   * Begins a line of work.
   *
   * @param threads how many threads work, the calling one included; 2 or more
   */
  WorkLine line(int threads) {
    if (executor == null || size != threads - 1) {
      close();
      size = threads - 1;
      executor =
          Executors.newFixedThreadPool(
              size, Thread.ofPlatform().daemon().name("vol-sparse-", 0).factory());
    }
    return new WorkLine(executor, 2 * threads);
  }

  /** Ends the threads, when the library closes. */
  void close() {
    if (executor != null) {
      executor.shutdown();
      executor = null;
    }
  }
}
