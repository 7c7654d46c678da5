package io.github.volsparse.cache;

import io.github.volsparse.format.Chunk;

/** A decoded chunk in the cache. */
final class CachedChunk {
  /**
   * The memory of a cached chunk without its content: this object, its coordinates and key, and its
   * place in the table of its dataset.
   */
  private static final long OVERHEAD_BYTES = 200;

  final CachedChunks owner;
  final long[] scaled;
  final Chunk chunk;

  /** Whether it holds what the file does not. */
  boolean dirty;

  /** The bytes the cache has counted for it, and how many of them are on the Java heap. */
  long countedBytes;

  long countedHeapBytes;

  /** Its neighbours in a {@link CacheShare}. */
  CachedChunk previous;

  CachedChunk next;

  private int users;
  private boolean isForgotten;

  CachedChunk(CachedChunks owner, long[] scaled, Chunk chunk) {
    this.owner = owner;
    this.scaled = scaled;
    this.chunk = chunk;
  }

  long memoryBytes() {
    return OVERHEAD_BYTES + chunk.memoryBytes();
  }

  long heapBytes() {
    return OVERHEAD_BYTES + chunk.heapBytes();
  }

  /**
   * Holds its memory while the program may do other things before it is used again: a conversion
   * function of the program may read from anywhere.
   */
  void beginUse() {
    users++;
  }

  /** The other end of {@link #beginUse}. */
  void endUse() {
    users--;
    giveBackIfUseless();
  }

  boolean isInUse() {
    return users > 0;
  }

  boolean isForgotten() {
    return isForgotten;
  }

  /** Gives its memory back, as soon as nobody uses it. */
  void forget() {
    isForgotten = true;
    giveBackIfUseless();
  }

  private void giveBackIfUseless() {
    if (isForgotten && users == 0) {
      chunk.giveBack();
    }
  }
}
