package io.github.volsparse.cache;

import io.github.volsparse.format.Binding;
import io.github.volsparse.format.BlobBuffer;
import io.github.volsparse.format.ChunkSpec;
import io.github.volsparse.format.CorruptBlobException;
import io.github.volsparse.format.SparseBlob;
import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.stored.StoredChunks;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * Moves whole chunks of one sparse dataset between the program's memory and the file, without the
 * cache.
 */
public final class WholeChunks {
  private final CachedChunks cached;
  private final ChunkMemory memory;
  private final StoredChunks stored;
  private final SparseFilter filter;
  private final ChunkSpec spec;
  private final int threads;

  WholeChunks(
      CachedChunks cached,
      ChunkMemory memory,
      StoredChunks stored,
      SparseFilter filter,
      int threads) {
    this.cached = cached;
    this.memory = memory;
    this.stored = stored;
    this.filter = filter;
    this.spec = stored.spec();
    this.threads = threads;
  }

  /** Takes whole chunks of one call of the program's, and its memory for each. */
  public interface Taker {
    /** Takes a chunk: all its elements are in that memory, or will be. */
    void take(long[] scaled, MemorySegment elements);
  }

  // ---- write

  /**
   * Writes a chunk; a cached one is forgotten.
   *
   * @param source all elements of the chunk
   */
  public void write(long[] scaled, MemorySegment source) {
    MemorySegment blob = encode(scaled, source);
    stored.store(scaled, blob, () -> source, false);
  }

  /**
   * Stores a chunk that the program wrote past all its filters ({@code H5Dwrite_chunk}); a cached
   * one is forgotten.
   *
   * @param source all elements of the chunk
   * @param programMask the filters of its own that the program skipped
   */
  public void writeFromProgram(long[] scaled, MemorySegment source, int programMask) {
    MemorySegment blob = encode(scaled, source);
    stored.storeFromProgram(scaled, blob, source, programMask);
  }

  private MemorySegment encode(long[] scaled, MemorySegment source) {
    cached.forget(scaled);
    BlobBuffer buffer = memory.buffers().blob();
    SparseBlob.encodeElements(spec, stored.binding(scaled), source, filter.codec(), buffer);
    return buffer.blob();
  }

  /**
   * Writes chunks, as {@link #write} does, on as many threads as the dataset has.
   *
   * @param mayBeMany whether there may be more than one
   * @param call gives all of them; what else it does to chunks is done at once
   */
  public void writeAll(boolean mayBeMany, Consumer<Taker> call) {
    if (threads == 1 || !mayBeMany) {
      call.accept(this::write);
      return;
    }
    try (WorkLine line = memory.workers().line(threads)) {
      call.accept((scaled, source) -> addWrite(line, scaled.clone(), source));
      line.finish();
    }
  }

  private void addWrite(WorkLine line, long[] scaled, MemorySegment source) {
    cached.forget(scaled);
    Binding binding = stored.binding(scaled);
    BlobBuffer buffer = line.buffer();
    line.add(
        buffer,
        () -> SparseBlob.encodeElements(spec, binding, source, filter.codec(), buffer),
        (blob, failure) -> {
          WorkLine.throwIfAny(failure);
          stored.store(scaled, blob.blob(), () -> source, false);
        });
  }

  // ---- read

  /**
   * Reads a chunk that is not in the cache.
   *
   * @param target receives all elements of the chunk
   * @return whether it was done: not if it takes more than one step
   */
  public boolean read(long[] scaled, MemorySegment target) {
    return switch (stored.readWhole(scaled, target)) {
      case DONE -> true;
      case NOT_AT_ONCE -> false;
      case NOT_STORED -> {
        if (stored.notStored() != null) {
          stored.notStored().readAll(target);
        }
        yield true;
      }
    };
  }

  /**
   * Reads chunks that are not in the cache, as {@link #read} does, on as many threads as the
   * dataset has.
   *
   * @param mayBeMany whether there may be more than one
   * @param call gives all of them; what else it does to chunks is done at once
   * @param others takes chunks that need more than one step
   */
  public void readAll(boolean mayBeMany, Consumer<Taker> call, Taker others) {
    if (threads == 1 || !mayBeMany) {
      call.accept((scaled, target) -> read(scaled, target, others));
      return;
    }
    try (WorkLine line = memory.workers().line(threads)) {
      call.accept((scaled, target) -> addRead(line, scaled.clone(), target, others));
      line.finish();
    }
  }

  private void read(long[] scaled, MemorySegment target, Taker others) {
    if (!read(scaled, target)) {
      others.take(scaled, target);
    }
  }

  private void addRead(WorkLine line, long[] scaled, MemorySegment target, Taker others) {
    MemorySegment blob = stored.blob(scaled);
    if (blob == null) {
      read(scaled, target, others);
      return;
    }
    BlobBuffer buffer = line.buffer();
    buffer.reserve(blob.byteSize()).copyFrom(blob);
    Binding binding = stored.binding(scaled);
    line.add(
        buffer,
        () -> SparseBlob.decodeInto(spec, binding, buffer.blob(), target),
        (done, failure) -> {
          if (failure instanceof CorruptBlobException) {
            read(scaled, target, others); // again, and says what is wrong
          } else {
            WorkLine.throwIfAny(failure);
          }
        });
  }
}
