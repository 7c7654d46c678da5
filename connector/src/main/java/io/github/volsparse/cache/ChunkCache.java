package io.github.volsparse.cache;

import java.util.TreeMap;

/**
 * The decoded chunks of all sparse datasets, within limits on their size.
 *
 * <p>Each file has a limit. Files with the same limit share it, and do not evict the chunks of
 * files with another limit. All files together take no more than the largest limit. Chunks on the
 * Java heap have an additional limit, which follows from that of the heap: the JVM may have been
 * started for a smaller cache. The least recently used chunk is evicted first; a dirty one is
 * written before. The chunk in use is never evicted, whatever its size.
 */
final class ChunkCache {
  /** The part of the heap that cached chunks leave free, if the heap is large enough. */
  private static final long LEFT_OF_HEAP = 192L << 20;

  private final TreeMap<Long, CacheShare> shares = new TreeMap<>();
  private final long heapBound;
  private long bytes;
  private long heapBytes;

  ChunkCache() {
    this(Runtime.getRuntime().maxMemory());
  }

  /** A cache in a heap of this many bytes. */
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
