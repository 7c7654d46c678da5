package io.github.volsparse.dataset;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The decoded chunks of all sparse datasets, within a bound on their bytes.
 *
 * <p>The chunk used longest ago goes first; a dirty one is written out before it goes. The chunk in
 * use is never evicted, however large.
 */
final class ChunkCache {
  private final Map<CachedChunk, CachedChunk> byUse = new LinkedHashMap<>(64, 0.75f, true);
  private long bytes;

  /** Notes that a chunk was used, and counts the bytes it takes now. */
  void touch(CachedChunk chunk) {
    byUse.putIfAbsent(chunk, chunk);
    byUse.get(chunk);
    long now = chunk.chunk.memoryBytes();
    bytes += now - chunk.countedBytes;
    chunk.countedBytes = now;
  }

  /** Forgets a chunk. */
  void remove(CachedChunk chunk) {
    if (byUse.remove(chunk) != null) {
      bytes -= chunk.countedBytes;
      chunk.countedBytes = 0;
    }
  }

  /** Evicts chunks until at most this many bytes are left, but not the one that is in use. */
  void shrinkTo(long bound, CachedChunk inUse) {
    while (bytes > bound) {
      Iterator<CachedChunk> eldest = byUse.keySet().iterator();
      CachedChunk victim = eldest.hasNext() ? eldest.next() : null;
      if (victim == inUse && eldest.hasNext()) {
        victim = eldest.next();
      }
      if (victim == null || victim == inUse) {
        return;
      }
      victim.dataset.evict(victim);
    }
  }
}
