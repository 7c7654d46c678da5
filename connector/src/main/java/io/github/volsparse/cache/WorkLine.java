package io.github.volsparse.cache;

import io.github.volsparse.format.BlobBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Pieces of work, each with a buffer, that several threads do, including the calling thread. The
 * results go to the calling thread in the order of the pieces, because only that thread may call
 * HDF5.
 *
 * <p>When the line is closed, no thread works any longer, whatever has failed.
 */
final class WorkLine implements AutoCloseable {
  private final Executor executor;
  private final int most;
  private final List<BlobBuffer> buffers = new ArrayList<>();
  private final ArrayDeque<BlobBuffer> free = new ArrayDeque<>();
  private final ArrayDeque<Piece> pieces = new ArrayDeque<>();

  /** A piece of work, which the thread that comes first does. */
  private static final class Piece implements Runnable {
    private final BlobBuffer buffer;
    private final Runnable work;
    private final Result result;
    private final AtomicBoolean isBegun = new AtomicBoolean();
    private final CountDownLatch done = new CountDownLatch(1);
    private Throwable failure;

    Piece(BlobBuffer buffer, Runnable work, Result result) {
      this.buffer = buffer;
      this.work = work;
      this.result = result;
    }

    @Override
    public void run() {
      if (begin()) {
        try {
          work.run();
        } catch (RuntimeException | Error e) {
          failure = e;
        } finally {
          done.countDown();
        }
      }
    }

    /** Whether it is the caller that does it. */
    boolean begin() {
      return isBegun.compareAndSet(false, true);
    }

    boolean isDone() {
      return done.getCount() == 0;
    }

    /** Waits until it is done. */
    void await() {
      boolean interrupted = false;
      while (true) {
        try {
          done.await();
          break;
        } catch (InterruptedException e) {
          interrupted = true; // HDF5 waits for the data; who interrupted is told afterwards
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    /** Hands over what came of it; it is done. */
    void handOver() {
      if (failure instanceof Error error) {
        throw error; // OutOfMemoryError above all, which has words of its own for the program
      }
      result.take(buffer, (RuntimeException) failure);
    }
  }

  /** Takes what came of a piece of work, on the calling thread. */
  interface Result {
    /**
     * Takes it.
     *
     * @param buffer the buffer of the piece, of use during this call
     * @param failure why the piece was not done; null if it was
     */
    void take(BlobBuffer buffer, RuntimeException failure);
  }

  /** Throws a failure, if there is one. */
  static void throwIfAny(RuntimeException failure) {
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * A line without work.
   *
   * @param most how many pieces may be in it
   */
  WorkLine(Executor executor, int most) {
    this.executor = executor;
    this.most = most;
  }

  /** A buffer for the next piece. Waits until the line has room for it. */
  BlobBuffer buffer() {
    if (pieces.size() == most) {
      finishFirst();
    }
    if (free.isEmpty()) {
      buffers.add(BlobBuffer.ofOwner());
      free.push(buffers.getLast());
    }
    return free.pop();
  }

  /**
   * Adds a piece.
   *
   * @param buffer the one that was given for it
   * @param work what any thread does; it touches nothing but memory
   * @param result takes what came of it
   */
  void add(BlobBuffer buffer, Runnable work, Result result) {
    Piece piece = new Piece(buffer, work, result);
    pieces.add(piece);
    executor.execute(piece);
  }

  /** Finishes all pieces. */
  void finish() {
    while (!pieces.isEmpty()) {
      finishFirst();
    }
  }

  private void finishFirst() {
    Piece first = pieces.peek();
    for (Piece piece : pieces) {
      if (first.isDone()) {
        break;
      }
      piece.run(); // does nothing if another thread has begun it
    }
    first.await();
    pieces.remove();
    first.handOver();
    free.push(first.buffer);
  }

  /** Waits until no thread works on a piece; those that nobody has begun are not done. */
  @Override
  public void close() {
    for (Piece piece : pieces) {
      if (!piece.begin()) {
        piece.await();
      }
    }
    buffers.forEach(BlobBuffer::giveBack);
  }
}
