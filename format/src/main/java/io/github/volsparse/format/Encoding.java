package io.github.volsparse.format;

/** How a blob holds its elements; the ordinal is the number in the file. */
public enum Encoding {
  /** No element is defined. */
  EMPTY,
  /** Positions and values of the defined elements. */
  SPARSE,
  /** Values of all elements. */
  DENSE;

  /**
   * How many elements' values a blob stores.
   *
   * @param elements elements in the chunk
   * @param defined how many of them are defined
   */
  long stored(long elements, long defined) {
    return this == DENSE ? elements : defined;
  }
}
