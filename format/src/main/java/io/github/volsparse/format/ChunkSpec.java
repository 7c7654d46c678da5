package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/** What every chunk of one dataset has in common. */
public final class ChunkSpec {

  /** The largest number of elements in a chunk: every position and count fits 32 bits, unsigned. */
  public static final long MAX_ELEMENTS = 0xFFFF_FFFFL;

  /** Which elements of a chunk are defined, that is, kept in its blob. */
  public enum Keep {
    /** Those whose bytes differ from the fill value, whether or not a program wrote them. */
    NONFILL,
    /** Those a program wrote, whatever their value. */
    WRITTEN
  }

  private final long elements;
  private final int elementSize;
  private final Keep keep;
  private final byte[] fillValue;

  /** The same, with what is made of it once for all chunks. */
  private final Fill fill;

  /**
   * Checks what is given, and copies the fill value.
   *
   * @param elements number of elements in a whole chunk, edge chunks included: 1 to
   *     2<sup>32</sup>-1
   * @param elementSize bytes per element, at least 1
   * @param fillValue the bytes of an element that is not defined, exactly {@code elementSize} of
   *     them, in the byte order of the file
   * @param keep which elements are defined
   * @throws IllegalArgumentException if one of them is out of its range
   */
  public ChunkSpec(long elements, int elementSize, byte[] fillValue, Keep keep) {
    if (elements < 1 || elements > MAX_ELEMENTS) {
      throw new IllegalArgumentException(
          "a chunk has 1 to " + MAX_ELEMENTS + " elements, not " + elements);
    }
    if (elementSize < 1) {
      throw new IllegalArgumentException("element size " + elementSize + " is not positive");
    }
    if (fillValue.length != elementSize) {
      throw new IllegalArgumentException(
          "fill value of " + fillValue.length + " bytes for elements of " + elementSize);
    }
    this.elements = elements;
    this.elementSize = elementSize;
    this.keep = Objects.requireNonNull(keep, "keep");
    this.fillValue = fillValue.clone();
    this.fill = new Fill(this.fillValue);
  }

  /** Returns the number of elements in a whole chunk. */
  public long elements() {
    return elements;
  }

  /** Returns the bytes per element. */
  public int elementSize() {
    return elementSize;
  }

  /** Returns which elements are defined. */
  public Keep keep() {
    return keep;
  }

  /** Returns a copy of the fill value. */
  public byte[] fillValue() {
    return fillValue.clone();
  }

  /** Returns the size of the whole chunk in bytes, all elements present. */
  public long denseBytes() {
    return elements * elementSize;
  }

  /** Returns whether the element at a byte offset of {@code memory} equals the fill value. */
  public boolean isFill(MemorySegment memory, long offset) {
    MemorySegment fill = MemorySegment.ofArray(fillValue);
    return MemorySegment.mismatch(memory, offset, offset + elementSize, fill, 0, elementSize) < 0;
  }

  /** The fill value itself, for readers in this package. */
  byte[] sharedFillValue() {
    return fillValue;
  }

  /** The fill value, to find and set elements that equal it. */
  Fill fill() {
    return fill;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ChunkSpec that
        && elements == that.elements
        && elementSize == that.elementSize
        && keep == that.keep
        && Arrays.equals(fillValue, that.fillValue);
  }

  @Override
  public int hashCode() {
    return Objects.hash(elements, elementSize, keep, Arrays.hashCode(fillValue));
  }

  @Override
  public String toString() {
    return "ChunkSpec[" + elements + " elements of " + elementSize + " bytes, " + keep + "]";
  }
}
