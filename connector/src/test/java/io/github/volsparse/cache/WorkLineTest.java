package io.github.volsparse.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.format.BlobBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkLineTest {
  private final ExecutorService executor = Executors.newFixedThreadPool(2);

  @AfterEach
  void endThreads() {
    executor.shutdown();
  }

  @Test
  void handsOverWhatCameOfEachPieceInOrderAndOnThisThread() {
    List<Integer> results = new ArrayList<>();
    Thread caller = Thread.currentThread();
    try (WorkLine line = new WorkLine(executor, 4)) {
      for (int i = 0; i < 100; i++) {
        int number = i;
        BlobBuffer buffer = line.buffer();
        line.add(
            buffer,
            () -> buffer.reserve(number + 1),
            (blob, failure) -> {
              assertNull(failure);
              assertSame(caller, Thread.currentThread());
              results.add((int) blob.length() - 1);
            });
      }
      line.finish();
    }
    assertEquals(IntStream.range(0, 100).boxed().toList(), results);
  }

  @Test
  void doesAllItselfWhereNobodyHelps() {
    List<Integer> results = new ArrayList<>();
    try (WorkLine line = new WorkLine(task -> {}, 3)) {
      for (int i = 0; i < 10; i++) {
        int number = i;
        line.add(line.buffer(), () -> {}, (blob, failure) -> results.add(number));
      }
      line.finish();
    }
    assertEquals(IntStream.range(0, 10).boxed().toList(), results);
  }

  @Test
  void handsOverWhyAPieceWasNotDone() {
    RuntimeException why = new IllegalStateException("no");
    List<RuntimeException> failures = new ArrayList<>();
    try (WorkLine line = new WorkLine(executor, 4)) {
      line.add(line.buffer(), () -> {}, (blob, failure) -> failures.add(failure));
      line.add(
          line.buffer(),
          () -> {
            throw why;
          },
          (blob, failure) -> failures.add(failure));
      line.finish();
    }
    assertEquals(2, failures.size());
    assertNull(failures.get(0));
    assertSame(why, failures.get(1));
  }

  @Test
  void throwsErrorsToTheCaller() {
    try (WorkLine line = new WorkLine(executor, 4)) {
      line.add(
          line.buffer(),
          () -> {
            throw new OutOfMemoryError("no");
          },
          (blob, failure) -> {});
      assertInstanceOf(OutOfMemoryError.class, assertThrows(OutOfMemoryError.class, line::finish));
    }
  }

  /** The program's memory must not be touched once its call has returned, whatever failed. */
  @Test
  void waitsForWorkThatIsBegunAndBeginsNoOther() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    AtomicBoolean ended = new AtomicBoolean();
    AtomicBoolean later = new AtomicBoolean();
    List<Runnable> waiting = new ArrayList<>();
    WorkLine line =
        new WorkLine(
            task -> {
              if (waiting.isEmpty()) {
                executor.execute(task);
              }
              waiting.add(task);
            },
            4);
    line.add(
        line.buffer(),
        () -> {
          begun.countDown();
          awaitQuietly(mayEnd);
          ended.set(true);
        },
        (blob, failure) -> {});
    line.add(line.buffer(), () -> later.set(true), (blob, failure) -> {});
    begun.await();
    executor.execute(mayEnd::countDown);
    line.close();
    assertTrue(ended.get());
    waiting.forEach(Runnable::run);
    assertEquals(false, later.get());
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
