package io.github.volsparse.cache;

import io.github.volsparse.format.Binding;
import io.github.volsparse.format.BlobBuffer;
import io.github.volsparse.format.Chunk;
import io.github.volsparse.format.SparseBlob;
import io.github.volsparse.format.SparseFilter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;

/**
 * Encodes many chunks on several threads while the calling thread stores their blobs.
 *
 * <p>Workers only touch memory: a chunk that no one changes meanwhile, and a buffer of their own.
 * They are daemons: the program may end while they wait for work.
 */
final class Encoders {
  private ExecutorService workers;
  private int size;

  /**
   * Encodes chunks and hands them over one by one, in order, on the calling thread.
   *
   * @param filter the parameters of the dataset's filter
   * @param threads how many threads work, the calling one included; 2 or more
   * @param store takes a chunk and its blob, which is valid during the call
   */
  void encode(
      List<CachedChunk> chunks,
      SparseFilter filter,
      int threads,
      BiConsumer<CachedChunk, BlobBuffer> store) {
    ExecutorService executor = workers(threads - 1);
    List<BlobBuffer> buffers = new ArrayList<>();
    ArrayDeque<BlobBuffer> free = new ArrayDeque<>();
    Iterator<CachedChunk> next = chunks.iterator();
    ArrayDeque<Future<BlobBuffer>> encoding = new ArrayDeque<>();
    try {
      for (CachedChunk chunk : chunks) {
        while (encoding.size() < 2 * threads && next.hasNext()) {
          CachedChunk chunkToEncode = next.next();
          Chunk content = chunkToEncode.chunk;
          Binding binding = filter.binding().toChunk(chunkToEncode.scaled);
          if (free.isEmpty()) {
            buffers.add(BlobBuffer.ofOwner());
            free.push(buffers.getLast());
          }
          BlobBuffer buffer = free.pop();
          encoding.add(
              executor.submit(
                  () -> {
                    SparseBlob.encode(content, binding, filter.codec(), buffer);
                    return buffer;
                  }));
        }
        BlobBuffer blob = await(encoding.remove());
        store.accept(chunk, blob);
        free.push(blob);
      }
    } finally {
      try {
        // After a failure, too, no worker may still read a chunk when this returns.
        encoding.forEach(Encoders::awaitEnd);
      } finally {
        buffers.forEach(BlobBuffer::giveBack);
      }
    }
  }

  private static BlobBuffer await(Future<BlobBuffer> future) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true; // HDF5 waits for the data; who interrupted is told afterwards
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error; // OutOfMemoryError above all, which has words of its own for the program
      }
      throw new IllegalStateException("a chunk could not be encoded", e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Waits until a worker is done, in whatever way. */
  private static void awaitEnd(Future<BlobBuffer> future) {
    try {
      await(future);
    } catch (RuntimeException | Error e) {
      // What made the caller give up is the failure that counts.
    }
  }

  /** Ends the threads, when the library closes. */
  void close() {
    if (workers != null) {
      workers.shutdown();
      workers = null;
    }
  }

  private ExecutorService workers(int count) {
    if (workers == null || size != count) {
      if (workers != null) {
        workers.shutdown();
      }
      size = count;
      workers =
          Executors.newFixedThreadPool(
              count, Thread.ofPlatform().daemon().name("vol-sparse-", 0).factory());
    }
    return workers;
  }
}
