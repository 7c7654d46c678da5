package io.github.volsparse.transfer;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.volsparse.selection.ChunkGrid;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChunkPlacesTest {
  /**
   * Extents and chunk shapes; the chunk looked at is the one that holds the extent's last element.
   */
  @ParameterizedTest
  @CsvSource({
    "17, 5",
    "17, 17",
    "9 x 11, 4 x 3",
    "9 x 11, 4 x 11",
    "9 x 11, 9 x 4",
    "5 x 6 x 7, 2 x 3 x 4",
    "5 x 6 x 7, 2 x 6 x 7",
    "5 x 6 x 7, 2 x 4 x 7",
    "5 x 6 x 7, 1 x 1 x 1"
  })
  void everyElementOfAChunk(String extentText, String shapeText) {
    long[] extent = numbers(extentText);
    ChunkGrid grid = new ChunkGrid(extent, numbers(shapeText));
    long[] scaled = grid.scaledAt(grid.chunkCount() - 1);
    ChunkPlaces places = new ChunkPlaces(grid);
    places.enter(scaled);
    long[] offset = grid.offset(scaled);
    for (long position = 0; position < grid.chunkElements(); position++) {
      for (long length = 1; position + length <= grid.chunkElements(); length++) {
        List<Long> offsets = new ArrayList<>();
        places.forEachStretch(
            position,
            length,
            (from, count) -> {
              for (long i = 0; i < count; i++) {
                offsets.add(from + i);
              }
            });
        List<Long> expected = new ArrayList<>();
        List<Long> coordinates = new ArrayList<>();
        for (long p = position; p < position + length; p++) {
          expected.add(linear(grid, offset, p, coordinates));
        }
        assertEquals(expected, offsets);
        assertArrayEquals(
            coordinates.stream().mapToLong(Long::longValue).toArray(),
            coordinates(places, position, length, grid.rank()));
      }
    }
  }

  private static long[] numbers(String text) {
    String[] words = text.split(" x ");
    long[] numbers = new long[words.length];
    for (int i = 0; i < words.length; i++) {
      numbers[i] = Long.parseLong(words[i]);
    }
    return numbers;
  }

  private static long linear(ChunkGrid grid, long[] offset, long position, List<Long> coordinates) {
    long[] shape = grid.chunkShape();
    long[] extent = grid.extent();
    long[] place = new long[shape.length];
    long rest = position;
    for (int d = shape.length - 1; d >= 0; d--) {
      place[d] = offset[d] + rest % shape[d];
      rest /= shape[d];
    }
    long linear = 0;
    for (int d = 0; d < shape.length; d++) {
      linear = linear * extent[d] + place[d];
      coordinates.add(place[d]);
    }
    return linear;
  }

  private static long[] coordinates(ChunkPlaces places, long position, long length, int rank) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(JAVA_LONG, (length + 2) * rank);
      places.putCoordinates(position, length, memory, 1);
      return memory.asSlice(8L * rank, 8L * rank * length).toArray(JAVA_LONG);
    }
  }
}
