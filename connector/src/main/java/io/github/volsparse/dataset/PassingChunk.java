package io.github.volsparse.dataset;

import io.github.volsparse.format.Chunk;
import io.github.volsparse.stored.DirectChunks;
import java.util.Arrays;

/**
 * The chunk that was read last without a place in the cache. It is of use until the next chunk is
 * read or written: its values may be in the memory of the blob that was read.
 */
final class PassingChunk {
  private final DirectChunks store;
  private SparseDataset dataset;
  private long[] scaled;
  private Chunk chunk;
  private long transfer;

  PassingChunk(DirectChunks store) {
    this.store = store;
  }

  /** The chunk, if it is this one of this dataset and still of use; else null. */
  Chunk find(SparseDataset of, long[] at) {
    return of == dataset && transfer == store.transfers() && Arrays.equals(at, scaled)
        ? chunk
        : null;
  }

  /** Takes the place of the chunk before it, whose memory is given back; null is none. */
  Chunk set(SparseDataset of, long[] at, Chunk passing) {
    forget();
    if (passing != null) {
      dataset = of;
      scaled = at.clone();
      chunk = passing;
      transfer = store.transfers();
    }
    return passing;
  }

  /** Gives the chunk's memory back, for it is changed, or of no use any more. */
  void forget() {
    if (chunk != null) {
      chunk.giveBack();
      chunk = null;
      dataset = null;
    }
  }
}
