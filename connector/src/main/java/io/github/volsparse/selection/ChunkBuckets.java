package io.github.volsparse.selection;

import java.util.Arrays;

/**
 * Pieces of sequences, grouped by chunk.
 *
 * <p>All pieces are in one array, in the order of their arrival, and are sorted by chunk at the
 * end. So a chunk with a single point costs little, even if a million points are in as many chunks.
 * A hash table with open addressing finds the buckets.
 */
final class ChunkBuckets {
  private static final int POSITION = 0;
  private static final int ORDINAL = 1;
  private static final int LENGTH = 2;
  private static final int BUCKET = 3;
  private static final int FIELDS = 4;

  private final ChunkGrid grid;
  private final ChunkRuns runs = new ChunkRuns();
  private final long[] scaled;

  /**
   * The pieces, {@link #FIELDS} adjacent numbers each: the pieces of one chunk may be far apart, so
   * each needs only one access to memory.
   */
  private long[] pieces = new long[64 * FIELDS];

  /** Where the next piece begins in {@link #pieces}; a piece is named by where it begins. */
  private int piecesEnd;

  private int buckets;
  private long[] chunkIndexes = new long[16];
  private int[] pieceCounts = new int[16];

  /** The last piece of each bucket. */
  private int[] lastPieces = new int[16];

  /** The slot of each bucket. */
  private int[] slotOf = new int[16];

  /**
   * The bucket in each slot, or any number in a free slot: a slot is taken if the bucket that it
   * names exists and names the slot. So clearing the table costs nothing, whatever its size.
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
    if (pieceCounts[lastBucket] > 0 && continues(lastPieces[lastBucket], position, ordinal)) {
      pieces[lastPieces[lastBucket] + LENGTH] += length;
    } else {
      lastPieces[lastBucket] = appendPiece(position, ordinal, length);
      pieceCounts[lastBucket]++;
    }
  }

  private boolean continues(int piece, long position, long ordinal) {
    long length = pieces[piece + LENGTH];
    return pieces[piece + POSITION] + length == position
        && pieces[piece + ORDINAL] + length == ordinal;
  }

  private int appendPiece(long position, long ordinal, long length) {
    if (pieces.length - piecesEnd < FIELDS) {
      pieces = Arrays.copyOf(pieces, Capacity.grown(pieces.length, "pieces of sequences"));
    }
    int piece = piecesEnd;
    pieces[piece + POSITION] = position;
    pieces[piece + ORDINAL] = ordinal;
    pieces[piece + LENGTH] = length;
    pieces[piece + BUCKET] = lastBucket;
    piecesEnd += FIELDS;
    return piece;
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
      pieceCounts = Arrays.copyOf(pieceCounts, capacity);
      lastPieces = Arrays.copyOf(lastPieces, capacity);
      slotOf = Arrays.copyOf(slotOf, capacity);
    }
    chunkIndexes[buckets] = chunkIndex;
    pieceCounts[buckets] = 0;
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
    Arrays.fill(slotOf, 0, buckets, -1);
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
    int[] sortedBuckets = sortedBuckets();
    int[] sortedPieces = sortedPieces(sortedBuckets);
    int next = 0;
    for (int bucket : sortedBuckets) {
      runs.clear();
      for (int end = next + pieceCounts[bucket]; next < end; next++) {
        int piece = sortedPieces[next];
        runs.add(pieces[piece + POSITION], pieces[piece + ORDINAL], pieces[piece + LENGTH]);
      }
      grid.scaledAt(chunkIndexes[bucket], scaled);
      visitor.visit(scaled, runs);
    }
    buckets = 0;
    piecesEnd = 0;
  }

  private int[] sortedBuckets() {
    long[] sortedIndexes = Arrays.copyOf(chunkIndexes, buckets);
    Arrays.sort(sortedIndexes);
    int[] sorted = new int[buckets];
    for (int i = 0; i < buckets; i++) {
      sorted[i] = slots[slot(sortedIndexes[i])];
    }
    return sorted;
  }

  /** Returns all pieces by bucket, those of one bucket in the order they came: a counting sort. */
  private int[] sortedPieces(int[] sortedBuckets) {
    int[] places = new int[buckets];
    int place = 0;
    for (int bucket : sortedBuckets) {
      places[bucket] = place;
      place += pieceCounts[bucket];
    }
    int[] sorted = new int[place];
    for (int piece = 0; piece < piecesEnd; piece += FIELDS) {
      int bucket = (int) pieces[piece + BUCKET];
      sorted[places[bucket]++] = piece;
    }
    return sorted;
  }
}
