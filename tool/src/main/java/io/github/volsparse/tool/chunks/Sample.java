package io.github.volsparse.tool.chunks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** A random choice that is the same in every run. */
final class Sample {
  private static final long SEED = 20190904; // of "Sparse Data Management in HDF5"

  private Sample() {}

  /** Chooses some of a list, in the list's order; all if there are not more. */
  static <T> List<T> of(List<T> all, int count) {
    if (all.size() <= count) {
      return all;
    }
    List<Integer> indices = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      indices.add(i);
    }
    Collections.shuffle(indices, new Random(SEED));
    return indices.subList(0, count).stream().sorted().map(all::get).toList();
  }
}
