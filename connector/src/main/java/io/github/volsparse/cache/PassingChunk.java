package io.github.volsparse.cache;

import io.github.volsparse.format.Chunk;
import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * The last chunk that was read without entering the cache. It is valid until the next chunk is read
 * or written: its values may be in the memory of its blob.
 */
final class PassingChunk {
  private final LongSupplier transfers;
  private CachedChunks owner;
  private long[] scaled;
  private Chunk chunk;
  private long transfer;

  /**
   * No chunk yet.
   *
   * @param transfers counts the chunks that were read or written
   */
  PassingChunk(LongSupplier transfers) {
    this.transfers = transfers;
  }

  /** The chunk, if it is this one of this dataset and still of use; else null. */
  Chunk find(CachedChunks of, long[] at) {
    return of == owner && transfer == transfers.getAsLong() && Arrays.equals(at, scaled)
        ? chunk
        : null;
  }

  /** Takes the place of the chunk before it, whose memory is given back; null is none. */
  Chunk set(CachedChunks of, long[] at, Chunk passing) {
    forget();
    if (passing != null) {
      owner = of;
      scaled = at.clone();
      chunk = passing;
      transfer = transfers.getAsLong();
    }
    return passing;
  }

  /** Gives the chunk's memory back, for it is changed, or of no use any more. */
  void forget() {
    if (chunk != null) {
      chunk.giveBack();
      chunk = null;
      owner = null;
    }
  }
}
