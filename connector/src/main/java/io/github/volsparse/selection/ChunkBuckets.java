package io.github.volsparse.selection;

import java.util.Arrays;

/**
 * Pieces of sequences, gathered by chunk.
 *
 * <p>All pieces stand in common arrays; those of one chunk are linked in the order they came. So a
 * chunk with a single point costs little, and a million points may well touch as many chunks. The
 * buckets are found by a hash table with open addressing.
 */
final class ChunkBuckets {
  private static final int NONE = -1;

  private final ChunkGrid grid;
  private final ChunkRuns runs = new ChunkRuns();
  private final long[] scaled;

  private int pieces;
  private long[] positions = new long[64];
  private long[] ordinals = new long[64];
  private long[] lengths = new long[64];
  private int[] nexts = new int[64];

  private int buckets;
  private long[] chunkIndexes = new long[16];
  private int[] heads = new int[16];
  private int[] tails = new int[16];

  /** The slot of each bucket. */
  private int[] slotOf = new int[16];

  /**
   * The bucket in each slot, or anything at all in a free slot: a slot is taken if the bucket it
   * names exists and names it back. Emptying the table therefore costs nothing, however large it
   * has grown.
   */
  private int[] slots = new int[64];

  private int lastBucket;

  ChunkBuckets(ChunkGrid grid) {
    this.grid = grid;
    this.scaled = new long[grid.rank()];
  }

  void add(long chunkIndex, long position, long ordinal, long length) {
    if (buckets == 0 || chunkIndexes[lastBucket] != chunkIndex) {
      lastBucket = findOrCreate(chunkIndex);
    }
    int tail = tails[lastBucket];
    if (tail != NONE
        && positions[tail] + lengths[tail] == position
        && ordinals[tail] + lengths[tail] == ordinal) {
      lengths[tail] += length;
    } else {
      link(tail, appendPiece(position, ordinal, length));
    }
  }

  private int appendPiece(long position, long ordinal, long length) {
    if (pieces == positions.length) {
      int capacity = Capacity.grown(pieces, "pieces");
      positions = Arrays.copyOf(positions, capacity);
      ordinals = Arrays.copyOf(ordinals, capacity);
      lengths = Arrays.copyOf(lengths, capacity);
      nexts = Arrays.copyOf(nexts, capacity);
    }
    positions[pieces] = position;
    ordinals[pieces] = ordinal;
    lengths[pieces] = length;
    nexts[pieces] = NONE;
    return pieces++;
  }

  private void link(int tail, int piece) {
    if (tail == NONE) {
      heads[lastBucket] = piece;
    } else {
      nexts[tail] = piece;
    }
    tails[lastBucket] = piece;
  }

  private int findOrCreate(long chunkIndex) {
    int slot = slot(chunkIndex);
    if (isTaken(slot)) {
      return slots[slot];
    }
    int bucket = appendBucket(chunkIndex);
    // Below one half full, so that a search ends soon.
    if (buckets > slots.length / 2) {
      rehash();
    } else {
      take(slot, bucket);
    }
    return bucket;
  }

  private int appendBucket(long chunkIndex) {
    if (buckets == chunkIndexes.length) {
      int capacity = Capacity.grown(buckets, "chunks");
      chunkIndexes = Arrays.copyOf(chunkIndexes, capacity);
      heads = Arrays.copyOf(heads, capacity);
      tails = Arrays.copyOf(tails, capacity);
      slotOf = Arrays.copyOf(slotOf, capacity);
    }
    chunkIndexes[buckets] = chunkIndex;
    tails[buckets] = NONE;
    // No slot yet: what a former bucket left here must not make a stale slot look taken.
    slotOf[buckets] = NONE;
    return buckets++;
  }

  /** Returns the slot that holds the chunk's bucket, or the free one where it belongs. */
  private int slot(long chunkIndex) {
    int mask = slots.length - 1;
    int slot = hash(chunkIndex) & mask;
    while (isTaken(slot) && chunkIndexes[slots[slot]] != chunkIndex) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private boolean isTaken(int slot) {
    int bucket = slots[slot];
    return bucket < buckets && slotOf[bucket] == slot;
  }

  private void take(int slot, int bucket) {
    slots[slot] = bucket;
    slotOf[bucket] = slot;
  }

  private void rehash() {
    if (slots.length == 1 << 30) {
      throw new IllegalStateException("a selection with more than " + (1 << 29) + " chunks");
    }
    slots = new int[slots.length * 2];
    Arrays.fill(slotOf, 0, buckets, NONE);
    for (int bucket = 0; bucket < buckets; bucket++) {
      take(slot(chunkIndexes[bucket]), bucket);
    }
  }

  /** Multiplies by 2^64 over the golden ratio, which spreads neighbouring chunks. */
  private static int hash(long chunkIndex) {
    return (int) ((chunkIndex * 0x9E3779B97F4A7C15L) >>> 32);
  }

  /** Visits the chunks in order of their index, and empties all buckets. */
  void drain(ChunkVisitor visitor) {
    long[] sorted = Arrays.copyOf(chunkIndexes, buckets);
    Arrays.sort(sorted);
    for (long chunkIndex : sorted) {
      runs.clear();
      int piece = heads[slots[slot(chunkIndex)]];
      while (piece != NONE) {
        runs.add(positions[piece], ordinals[piece], lengths[piece]);
        piece = nexts[piece];
      }
      grid.scaledAt(chunkIndex, scaled);
      visitor.visit(scaled, runs);
    }
    buckets = 0;
    pieces = 0;
  }
}
