package io.github.volsparse.dataset;

import io.github.volsparse.chunk.Chunk;

/** A decoded chunk in the cache. */
final class CachedChunk {
  final SparseDataset dataset;
  final long[] scaled;
  final Chunk chunk;

  /** Whether it holds what the file does not. */
  boolean dirty;

  /** The bytes the cache has counted for it. */
  long countedBytes;

  CachedChunk(SparseDataset dataset, long[] scaled, Chunk chunk) {
    this.dataset = dataset;
    this.scaled = scaled;
    this.chunk = chunk;
  }
}
