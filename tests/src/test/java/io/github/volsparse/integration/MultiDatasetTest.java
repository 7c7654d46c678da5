package io.github.volsparse.integration;

import static io.github.volsparse.integration.Hdf5Failure.check;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A program writes and reads several datasets in one call. */
@ExtendWith(Library.class)
class MultiDatasetTest {
  @TempDir Path folder;

  /** What one call does with one of its datasets. */
  private record Part(Dataset dataset, long type, Space memory, Space file, byte[] buffer) {}

  /** {@code H5Dwrite_multi} or {@code H5Dread_multi}. */
  private static void transfer(boolean write, List<Part> parts) {
    List<Handle> spaces = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      int count = parts.size();
      MemorySegment datasets = arena.allocate(JAVA_LONG, count);
      MemorySegment types = arena.allocate(JAVA_LONG, count);
      MemorySegment memorySpaces = arena.allocate(JAVA_LONG, count);
      MemorySegment fileSpaces = arena.allocate(JAVA_LONG, count);
      MemorySegment buffers = arena.allocate(JAVA_LONG, count);
      List<MemorySegment> memory = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Part part = parts.get(i);
        Handle memorySpace = part.memory.open();
        Handle fileSpace = part.file.open();
        spaces.add(memorySpace);
        spaces.add(fileSpace);
        memory.add(arena.allocateFrom(JAVA_BYTE, part.buffer));
        datasets.setAtIndex(JAVA_LONG, i, part.dataset.id());
        types.setAtIndex(JAVA_LONG, i, part.type);
        memorySpaces.setAtIndex(JAVA_LONG, i, memorySpace.id());
        fileSpaces.setAtIndex(JAVA_LONG, i, fileSpace.id());
        buffers.setAtIndex(JAVA_LONG, i, memory.get(i).address());
      }
      check(
          write
              ? hdf5_h.H5Dwrite_multi(count, datasets, types, memorySpaces, fileSpaces, 0, buffers)
              : hdf5_h.H5Dread_multi(count, datasets, types, memorySpaces, fileSpaces, 0, buffers));
      for (int i = 0; i < count; i++) {
        MemorySegment.copy(
            memory.get(i), JAVA_BYTE, 0, parts.get(i).buffer, 0, parts.get(i).buffer.length);
      }
    } finally {
      spaces.forEach(Handle::close);
    }
  }

  private static byte[] numbered(int count, int first) {
    int[] values = new int[count];
    for (int i = 0; i < count; i += 2) {
      values[i] = first + i;
    }
    return Dataset.bytes(values);
  }

  @Test
  void sparseAndNativeDatasetsOfSeveralTypes() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          long type = hdf5_h.H5T_NATIVE_INT_g();
          Space block = Space.of(8, 9).block(new long[] {2, 2}, new long[] {4, 5});
          try (H5File file = H5File.create(path, access);
              Dataset chunked = file.create("chunked", Shape.of(8, 9).chunks(3, 4));
              Dataset contiguous = file.create("contiguous", Shape.of(8, 9));
              Dataset shorts =
                  file.create(
                      "shorts",
                      Shape.of(30)
                          .chunks(7)
                          .type(hdf5_h.H5T_NATIVE_INT16_g())
                          .fill((byte) 1, (byte) 0));
              Dataset compressed =
                  file.create(
                      "compressed",
                      Shape.of(30).chunks(7).with(list -> check(hdf5_h.H5Pset_deflate(list, 1))))) {
            transfer(
                true,
                List.of(
                    new Part(chunked, type, Space.of(20), block, numbered(20, 1)),
                    new Part(contiguous, type, Space.of(20), block, numbered(20, 100)),
                    new Part(shorts, type, Space.ALL, Space.ALL, numbered(30, 200)),
                    new Part(compressed, type, Space.ALL, Space.ALL, numbered(30, 300))));
            for (Dataset dataset : List.of(chunked, contiguous, shorts, compressed)) {
              seen.note("written", dataset.readAll());
            }
            byte[][] buffers = {
              numbered(72, -1), numbered(20, -1), numbered(3, -1), numbered(30, -1)
            };
            transfer(
                false,
                List.of(
                    new Part(chunked, type, Space.ALL, Space.ALL, buffers[0]),
                    new Part(contiguous, type, Space.of(20), block, buffers[1]),
                    new Part(
                        shorts,
                        type,
                        Space.of(3),
                        Space.of(30).points(new long[] {29}, new long[] {0}, new long[] {15}),
                        buffers[2]),
                    new Part(compressed, type, Space.ALL, Space.ALL, buffers[3])));
            for (byte[] buffer : buffers) {
              seen.note("read", buffer);
            }
          }
        });
  }

  @Test
  void nothingAtAll() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          H5File.create(path, access).close();
          seen.attempt("no datasets", () -> transfer(true, List.of()));
        });
  }
}
