package io.github.volsparse.cache;

/** The cached chunks of all files with the same bound, in the order of their use. */
final class CacheShare {
  /** The bytes the files allow. */
  final long bound;

  /** What chunks may take of them; some is left for memory that waits for its next use. */
  final long room;

  /** How many datasets there are with this bound. */
  int datasets;

  /** The bytes they take. */
  long bytes;

  private CachedChunk first;
  private CachedChunk last;

  CacheShare(long bound) {
    this.bound = bound;
    this.room = bound - bound / 16;
  }

  /** The chunk used longest ago; null if there is none. */
  CachedChunk eldest() {
    return first;
  }

  /** Makes a chunk, in the list or not, the one used last. */
  void moveToEnd(CachedChunk chunk) {
    if (chunk == last) {
      return;
    }
    remove(chunk);
    chunk.previous = last;
    if (last == null) {
      first = chunk;
    } else {
      last.next = chunk;
    }
    last = chunk;
  }

  /** Takes a chunk out of the list; returns whether it was in it. */
  boolean remove(CachedChunk chunk) {
    if (chunk != first && chunk.previous == null) {
      return false;
    }
    if (chunk.previous == null) {
      first = chunk.next;
    } else {
      chunk.previous.next = chunk.next;
    }
    if (chunk.next == null) {
      last = chunk.previous;
    } else {
      chunk.next.previous = chunk.previous;
    }
    chunk.previous = null;
    chunk.next = null;
    return true;
  }
}
