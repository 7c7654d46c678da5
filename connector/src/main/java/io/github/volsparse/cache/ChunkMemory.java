package io.github.volsparse.cache;

import io.github.volsparse.stored.ChunkBuffers;
import java.util.function.LongSupplier;

/** What the datasets of a library share in order to hold chunks in memory. */
public final class ChunkMemory {
  private final ChunkBuffers buffers;
  private final ChunkCache cache;
  private final RecentChunks recent = new RecentChunks();
  private final PassingChunk passing;
  private final Workers workers = new Workers();
  private long opened;

  /**
   * Memory without chunks.
   *
   * @param buffers those of the library
   * @param transfers counts the stored chunks that were read or written: with each, what was read
   *     before is lost
   */
  public ChunkMemory(ChunkBuffers buffers, LongSupplier transfers) {
    this(buffers, transfers, new ChunkCache());
  }

  ChunkMemory(ChunkBuffers buffers, LongSupplier transfers, ChunkCache cache) {
    this.buffers = buffers;
    this.cache = cache;
    passing = new PassingChunk(transfers);
  }

  ChunkBuffers buffers() {
    return buffers;
  }

  ChunkCache cache() {
    return cache;
  }

  /** Which chunks were read lately. */
  RecentChunks recent() {
    return recent;
  }

  /** The chunk that was read last without a place in the cache. */
  PassingChunk passing() {
    return passing;
  }

  /** The threads that encode and decode chunks. */
  Workers workers() {
    return workers;
  }

  /** A number for a dataset that is opened. */
  long nextNumber() {
    return ++opened;
  }

  /** Gives back what is of no use while no dataset is open. */
  public void shrink() {
    passing.forget();
    buffers.shrink();
  }

  /** Ends what works for the datasets; the library closes. */
  public void close() {
    workers.close();
    passing.forget();
    buffers.giveBack();
  }
}
