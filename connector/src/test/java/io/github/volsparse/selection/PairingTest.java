package io.github.volsparse.selection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PairingTest {
  private final ChunkRuns runs = new ChunkRuns();

  @Test
  void contiguousMemoryKeepsRunsWhole() {
    runs.add(10, 4, 6);
    runs.add(30, 12, 2);
    Hyperslab memory =
        Hyperslab.of(
            new long[] {100}, new long[] {50}, new long[] {1}, new long[] {14}, new long[] {1});
    assertEquals(List.of("10 54 6", "30 62 2"), pairs(memory));
  }

  @Test
  void runsAreSplitWhereMemoryBreaks() {
    runs.add(10, 1, 5);
    Hyperslab memory =
        Hyperslab.of(
            new long[] {4, 5},
            new long[] {1, 1},
            new long[] {1, 1},
            new long[] {2, 3},
            new long[] {1, 1});
    assertEquals(List.of("10 7 2", "12 11 3"), pairs(memory));
  }

  @Test
  void pointsInMemory() {
    runs.add(10, 0, 3);
    Sequences memory = Sequences.builder(new long[] {9}).add(8, 1).add(2, 2).build();
    assertEquals(List.of("10 8 1", "11 2 2"), pairs(memory));
  }

  @Test
  void memoryMustBeLargeEnough() {
    runs.add(0, 3, 2);
    assertThrows(IndexOutOfBoundsException.class, () -> pairs(Hyperslab.all(new long[] {4})));
  }

  private List<String> pairs(Selection memory) {
    List<String> pairs = new ArrayList<>();
    Pairing.pair(
        runs,
        memory,
        (position, offset, length) -> pairs.add(position + " " + offset + " " + length));
    return pairs;
  }
}
