package io.github.volsparse.cache;

import java.util.TreeMap;

/**
 * The decoded chunks of all sparse datasets, within bounds on their bytes.
 *
 * <p>Each file brings a bound. The files with the same one share it, and those with another leave
 * their chunks alone; but all together take no more than the largest of them. What is on the Java
 * heap also has a bound that follows from the heap's limit: the JVM may have been started for a
 * smaller cache. The chunk used longest ago goes first; a dirty one is written out before it goes.
 * The chunk in use is never evicted, however large.
 */
final class ChunkCache {
  /** What of the heap is left for everything but cached chunks, where there is enough of it. */
  private static final long LEFT_OF_HEAP = 192L << 20;

  private final TreeMap<Long, CacheShare> shares = new TreeMap<>();
  private final long heapBound;
  private long bytes;
  private long heapBytes;

  ChunkCache() {
    this(Runtime.getRuntime().maxMemory());
  }

  /** A cache in a heap of so many bytes. */
  ChunkCache(long heap) {
    heapBound = Math.max(heap - LEFT_OF_HEAP, heap / 3);
  }

  /** The share of a dataset that is opened, of a file with this bound; {@link #close} ends it. */
  CacheShare open(long bound) {
    CacheShare share = shares.computeIfAbsent(bound, CacheShare::new);
    share.datasets++;
    return share;
  }

  /** Ends the share of a dataset, which has no chunk in the cache any more. */
  void close(CacheShare share) {
    if (--share.datasets == 0) {
      shares.remove(share.bound);
    }
  }

  /** Notes that a chunk was used, and counts the bytes it takes now. */
  void touch(CachedChunk chunk) {
    CacheShare share = chunk.owner.share();
    share.moveToEnd(chunk);
    count(chunk, chunk.memoryBytes(), chunk.heapBytes());
  }

  /** Forgets a chunk. */
  void remove(CachedChunk chunk) {
    if (chunk.owner.share().remove(chunk)) {
      count(chunk, 0, 0);
    }
  }

  private void count(CachedChunk chunk, long now, long nowOnHeap) {
    long more = now - chunk.countedBytes;
    chunk.owner.share().bytes += more;
    bytes += more;
    heapBytes += nowOnHeap - chunk.countedHeapBytes;
    chunk.countedBytes = now;
    chunk.countedHeapBytes = nowOnHeap;
  }

  /** Evicts chunks until no bound is exceeded, but not the one that is in use. */
  void shrink(CachedChunk inUse) {
    CacheShare own = inUse.owner.share();
    while (own.bytes > own.room && evictFrom(own, inUse)) {
      // the next one
    }
    CacheShare largest = shares.lastEntry().getValue();
    while (bytes > largest.room || heapBytes > heapBound) {
      CacheShare share = largest;
      while (!evictFrom(share, inUse)) {
        var smaller = shares.lowerEntry(share.bound);
        if (smaller == null) {
          return;
        }
        share = smaller.getValue();
      }
    }
  }

  private static boolean evictFrom(CacheShare share, CachedChunk inUse) {
    CachedChunk victim = share.eldest();
    while (victim != null && (victim == inUse || victim.isInUse())) {
      victim = victim.next;
    }
    if (victim == null) {
      return false;
    }
    victim.owner.evict(victim);
    return true;
  }
}
