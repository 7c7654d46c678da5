package io.github.volsparse.cache;

import io.github.volsparse.format.Binding;
import io.github.volsparse.format.BlobBuffer;
import io.github.volsparse.format.Chunk;
import io.github.volsparse.format.ChunkSpec;
import io.github.volsparse.format.CopyRuns;
import io.github.volsparse.format.Defined;
import io.github.volsparse.format.SparseBlob;
import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.stored.StoredChunks;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The chunks of one sparse dataset: decoded in memory while they are in use, otherwise in the file.
 *
 * <p>A chunk is found in the cache or decoded from its blob. A changed chunk is encoded and stored
 * when it is evicted and when dirty chunks are written ({@link #writeDirty}). Scaled coordinates
 * identify a chunk.
 */
public final class CachedChunks {
  private final ChunkMemory memory;
  private final StoredChunks stored;
  private final SparseFilter filter;
  private final ChunkSpec spec;
  private final int threads;
  private final Runnable becomesDirty;
  private final CacheShare share;
  private final long number;
  private final Map<ChunkKey, CachedChunk> chunks = new HashMap<>();
  private final WholeChunks whole;
  private int dirtyChunks;

  /** Whether chunks have been written once only, so far. */
  private boolean writesAtOnce = true;

  /**
   * The chunks of a dataset that is opened.
   *
   * @param stored its chunks in the file
   * @param filter the parameters of its sparse filter
   * @param bound the bytes that chunks of its file may take in the cache
   * @param threads how many encode its chunks
   * @param becomesDirty is called when a chunk becomes dirty
   */
  public CachedChunks(
      ChunkMemory memory,
      StoredChunks stored,
      SparseFilter filter,
      long bound,
      int threads,
      Runnable becomesDirty) {
    this.memory = memory;
    this.stored = stored;
    this.filter = filter;
    this.spec = stored.spec();
    this.threads = threads;
    this.becomesDirty = becomesDirty;
    share = memory.cache().open(bound);
    number = memory.nextNumber();
    whole = new WholeChunks(this, memory, stored, filter, threads);
  }

  /** What is done to whole chunks at once. */
  public WholeChunks whole() {
    return whole;
  }

  /** A number that no other dataset of the library has. */
  long number() {
    return number;
  }

  /** Their share in the cache. */
  CacheShare share() {
    return share;
  }

  /** Whether any chunk holds what the file does not. */
  public boolean isAnyDirty() {
    return dirtyChunks > 0;
  }

  /** Whether a chunk is in the cache. */
  public boolean isCached(long[] scaled) {
    return chunks.containsKey(new ChunkKey(scaled));
  }

  /**
   * A chunk to read from; one that was never stored is empty and takes no place in the cache. Null
   * if it was never stored and what it would hold is not defined.
   *
   * @param atOnce whether it is read from before anything else is done
   */
  public Chunk chunkToRead(long[] scaled, boolean atOnce) {
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached == null) {
      Chunk passing = atOnce ? memory.passing().find(this, scaled) : null;
      if (passing != null) {
        return passing;
      }
      boolean again = memory.recent().add(this, scaled) || !atOnce;
      Chunk chunk = stored.load(scaled, again);
      if (chunk == null) {
        return stored.notStored();
      }
      if (!again) {
        return memory.passing().set(this, scaled, chunk);
      }
      cached = cache(scaled, chunk);
    }
    use(cached);
    return cached.chunk;
  }

  /**
   * Reads from a chunk while the program may do other things in between; does nothing if it was
   * never stored and what it would hold is not defined.
   */
  public void read(long[] scaled, Consumer<Chunk> reader) {
    Chunk chunk = chunkToRead(scaled, false);
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached == null) {
      if (chunk != null) {
        reader.accept(chunk);
      }
      return;
    }
    cached.beginUse();
    try {
      reader.accept(chunk);
    } finally {
      cached.endUse();
    }
  }

  /**
   * The defined elements of a chunk, of use until the next chunk is read or this one is changed;
   * null if it is neither in the cache nor stored.
   */
  public Defined defined(long[] scaled, boolean withValues) {
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached != null) {
      return Defined.of(cached.chunk);
    }
    if (!withValues) {
      return stored.positions(
          scaled, chunk -> Defined.of(memory.passing().set(this, scaled, chunk)));
    }
    Chunk chunk = memory.passing().set(this, scaled, stored.load(scaled, false));
    return chunk == null ? null : Defined.of(chunk);
  }

  /**
   * The chunks of the extent that have content, in row-major order of their scaled coordinates.
   * (Under SWMR a reader may find stored chunks beyond the extent that it knows.)
   */
  public List<long[]> occupiedChunks() {
    List<long[]> all = stored.places();
    for (CachedChunk chunk : chunks.values()) {
      if (chunk.dirty) {
        all.add(chunk.scaled);
      }
    }
    all.sort(Arrays::compare);
    List<long[]> occupied = new ArrayList<>(all.size());
    for (long[] scaled : all) {
      boolean isNext = occupied.isEmpty() || !Arrays.equals(scaled, occupied.getLast());
      if (isNext && stored.grid().contains(scaled)) {
        occupied.add(scaled);
      }
    }
    return occupied;
  }

  /**
   * Changes a chunk in memory.
   *
   * @param replaced whether all of it will be written, so that its former content does not matter
   */
  public void change(long[] scaled, boolean replaced, Consumer<Chunk> change) {
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached == null) {
      Chunk chunk = replaced ? null : stored.load(scaled, true);
      writesAtOnce &= chunk == null;
      cached = cache(scaled, chunk == null ? Chunk.empty(spec) : chunk);
    }
    memory.passing().forget();
    boolean done = false;
    cached.beginUse();
    try {
      change.accept(cached.chunk);
      done = true;
    } finally {
      cached.endUse();
      if (!done && !cached.dirty) {
        forget(cached); // it may be neither what is stored nor what was to be
      }
    }
    if (cached.isForgotten()) {
      throw new IllegalStateException(
          "a conversion function of the program changed the dataset that it converts for");
    }
    if (!cached.dirty) {
      cached.dirty = true;
      dirtyChunks++;
      becomesDirty.run();
    }
    use(cached);
  }

  /**
   * Writes elements of a chunk that is neither stored nor cached straight from the program's
   * memory: most programs write a chunk once. One that comes back to chunks does so no more.
   *
   * @return whether it was done
   */
  public boolean writeAtOnce(long[] scaled, CopyRuns runs, MemorySegment source) {
    if (!writesAtOnce
        || threads > 1
        || !runs.isOrdered()
        || isCached(scaled)
        || stored.isStored(scaled)) {
      return false;
    }
    SparseBlob.encodeRuns(
        spec, stored.binding(scaled), runs, source, filter.codec(), memory.buffers().blob());
    stored.store(
        scaled,
        memory.buffers().blob().blob(),
        () -> {
          Chunk chunk = Chunk.empty(spec);
          try {
            chunk.write(runs, source);
            return stored.allElements(chunk);
          } finally {
            chunk.giveBack();
          }
        },
        true);
    return true;
  }

  private CachedChunk cache(long[] scaled, Chunk chunk) {
    CachedChunk cached = new CachedChunk(this, scaled.clone(), chunk);
    chunks.put(new ChunkKey(cached.scaled), cached);
    return cached;
  }

  private void use(CachedChunk chunk) {
    memory.cache().touch(chunk);
    memory.cache().shrink(chunk);
  }

  /** Writes a chunk if it is dirty, and forgets it. */
  void evict(CachedChunk chunk) {
    if (!chunk.dirty) {
      memory.recent().evicted(this, chunk.scaled);
    }
    write(chunk);
    forget(chunk);
  }

  private void forget(CachedChunk chunk) {
    if (chunk.dirty) {
      chunk.dirty = false;
      dirtyChunks--;
    }
    chunks.remove(new ChunkKey(chunk.scaled));
    memory.cache().remove(chunk);
    chunk.forget();
  }

  /** Writes all dirty chunks, in the order of their offsets; they stay in the cache. */
  public void writeDirty() {
    if (dirtyChunks > 0) {
      List<CachedChunk> dirty = new ArrayList<>(dirtyChunks);
      for (CachedChunk chunk : chunks.values()) {
        if (chunk.dirty) {
          dirty.add(chunk);
        }
      }
      dirty.sort((a, b) -> Arrays.compare(a.scaled, b.scaled));
      if (threads > 1 && dirty.size() > 1) {
        writeTogether(dirty);
      } else {
        for (CachedChunk chunk : dirty) {
          write(chunk);
        }
      }
    }
  }

  private void writeTogether(List<CachedChunk> dirty) {
    try (WorkLine line = memory.workers().line(threads)) {
      for (CachedChunk cached : dirty) {
        Binding binding = stored.binding(cached.scaled);
        BlobBuffer buffer = line.buffer();
        line.add(
            buffer,
            () -> SparseBlob.encode(cached.chunk, binding, filter.codec(), buffer),
            (blob, failure) -> {
              WorkLine.throwIfAny(failure);
              store(cached, blob);
            });
      }
      line.finish();
    }
  }

  /** Forgets all cached chunks, written or not. */
  public void drop() {
    for (CachedChunk chunk : List.copyOf(chunks.values())) {
      forget(chunk);
    }
    memory.passing().forget();
  }

  /** Ends their share in the cache; no chunk is cached any more. */
  public void close() {
    memory.cache().close(share);
  }

  private void write(CachedChunk cached) {
    if (cached.dirty) {
      SparseBlob.encode(
          cached.chunk, stored.binding(cached.scaled), filter.codec(), memory.buffers().blob());
      store(cached, memory.buffers().blob());
    }
  }

  /** Stores the blob of a dirty chunk, which is then clean. */
  private void store(CachedChunk cached, BlobBuffer blob) {
    stored.store(cached.scaled, blob.blob(), () -> stored.allElements(cached.chunk), false);
    cached.dirty = false;
    dirtyChunks--;
  }

  /** Writes a chunk if it is dirty; it stays in the cache. */
  public void write(long[] scaled) {
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached != null) {
      write(cached);
    }
  }

  /** Forgets a chunk, written or not. */
  public void forget(long[] scaled) {
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached != null) {
      forget(cached);
    }
  }
}
