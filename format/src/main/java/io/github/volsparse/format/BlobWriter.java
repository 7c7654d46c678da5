package io.github.volsparse.format;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/** Makes one blob in a buffer. */
final class BlobWriter {
  /**
   * If fewer than one in this many elements are undefined, a blob of all elements may be smaller.
   */
  private static final int NEARLY_ALL = 8;

  private final ChunkSpec spec;
  private final Fill fill;
  private final Binding binding;
  private final Codec codec;
  private final BlobBuffer out;

  /** Room for the values where they stay. */
  private MemorySegment values;

  /**
   * Prepares to make a blob.
   *
   * @param binding where the chunk belongs
   * @param out receives the blob
   */
  BlobWriter(ChunkSpec spec, Binding binding, Codec codec, BlobBuffer out) {
    this.spec = spec;
    this.fill = spec.fill();
    this.binding = binding;
    this.codec = codec;
    this.out = out;
  }

  /**
   * Makes room for the values of this many elements, behind room for everything that precedes them,
   * whose size depends on the values.
   *
   * @return the room, enough for all elements where the encoding may come to be {@link
   *     Encoding#DENSE}
   */
  MemorySegment reserveValues(long covered) {
    long selection = SelectionCodec.maximumBytes(spec.elements(), covered);
    long bytes = covered * spec.elementSize();
    boolean maybeDense = isNearlyAll(covered) || bytes + selection >= spec.denseBytes();
    values =
        out.reserveBehind(
            BlobHeader.align(BlobHeader.end(spec, fill) + selection),
            maybeDense ? spec.denseBytes() : bytes);
    return values;
  }

  private boolean isNearlyAll(long defined) {
    return spec.elements() - defined < spec.elements() / NEARLY_ALL;
  }

  /**
   * Writes elements of a chunk, container by container, as those that are defined are found.
   *
   * @param covered those that there are
   * @param from their values, packed; may be the room that was reserved for these
   * @param all puts all elements of the chunk into the memory it gets
   * @return the length of the blob
   */
  long write(Positions covered, MemorySegment from, Consumer<MemorySegment> all) {
    SelectionCodec selection = out.selection();
    selection.begin(out.head());
    if (spec.keep() == Keep.WRITTEN) {
      takeAll(covered, from, selection);
    } else {
      takeDefined(covered, from, selection);
    }
    if (choose(selection.total(), selection.length()) == Encoding.DENSE) {
      if (selection.total() < spec.elements()) {
        all.accept(values);
      } // else these are all, and are there
      return writeDense(selection.total());
    }
    return writeSparse(selection);
  }

  private void takeAll(Positions covered, MemorySegment from, SelectionCodec selection) {
    ContainerBits container = out.container();
    for (int c = 0; c < covered.size(); c++) {
      container.load(covered.container(c));
      selection.add(covered.key(c), container);
    }
    if (from != values) {
      MemorySegment.copy(from, 0, values, 0, covered.total() * spec.elementSize());
    }
  }

  private void takeDefined(Positions covered, MemorySegment from, SelectionCodec selection) {
    DefinedScanner scanner = out.scanner(spec.elementSize());
    scanner.begin();
    long packedAt = 0;
    for (int c = 0; c < covered.size(); c++) {
      long at = covered.rank(c) * spec.elementSize();
      long end = covered.rank(c + 1) * spec.elementSize();
      int defined = scanner.scan(from, at, end, fill, values, packedAt);
      if (defined > 0) {
        selection.add(covered.key(c), scanner.positions(covered.container(c), out.container()));
        packedAt += (long) defined * spec.elementSize();
      }
    }
  }

  /** The encoding of a chunk whose defined values are packed where they stay. */
  private Encoding choose(long defined, long selectionLength) {
    if (defined == 0) {
      return Encoding.EMPTY;
    }
    long sparseBytes = selectionLength + defined * spec.elementSize();
    if (spec.keep() == Keep.WRITTEN && defined < spec.elements()) {
      return Encoding.SPARSE; // the other one would lose the positions
    }
    return sparseBytes >= spec.denseBytes() || isSmallerPacked(defined, selectionLength)
        ? Encoding.DENSE
        : Encoding.SPARSE;
  }

  /**
   * Whether all elements, packed in few bits, take less than nearly all of them and their
   * positions. The bits of those that are not defined are taken for as many as those of the others.
   */
  private boolean isSmallerPacked(long defined, long selectionLength) {
    if (!isNearlyAll(defined) || codec == Codec.NONE || spec.keep() == Keep.WRITTEN) {
      return false;
    }
    double packed = ValueCodec.packedBytes(stored(defined), kind(true, 0), out);
    return packed > 0 && packed / defined * (spec.elements() - defined) < selectionLength;
  }

  private MemorySegment stored(long elements) {
    return values.asSlice(0, elements * spec.elementSize());
  }

  private ValueCodec.Kind kind(boolean isSparse, long head) {
    boolean areNotZero = isSparse && spec.keep() == Keep.NONFILL && fill.isZero();
    return new ValueCodec.Kind(spec.elementSize(), areNotZero, binding.isBound(), head);
  }

  /**
   * Writes a blob of all elements, which are already at the place of the values.
   *
   * @param defined how many of them are defined
   * @return the length of the blob
   */
  long writeDense(long defined) {
    long head = BlobHeader.end(spec, fill);
    ValueCodec.Stored coded =
        ValueCodec.encode(stored(spec.elements()), kind(false, head), codec, out);
    out.setBlob(head, coded.bytes());
    return finish(Encoding.DENSE, coded.coding(), defined, 0);
  }

  /** Codes the values of the defined elements, and puts before them what belongs there. */
  private long writeSparse(SelectionCodec selection) {
    long defined = selection.total();
    long selectionLength = selection.length();
    long selectionOffset = BlobHeader.end(spec, fill);
    long selectionEnd = selectionOffset + selectionLength;
    long valuesOffset = BlobHeader.align(selectionEnd);
    ValueCodec.Stored coded =
        ValueCodec.encode(stored(defined), kind(true, valuesOffset), codec, out);
    out.setBlob(valuesOffset, coded.bytes());
    if (selectionLength > 0) {
      MemorySegment blob = out.blob();
      selection.write(blob, selectionOffset);
      blob.asSlice(selectionEnd, valuesOffset - selectionEnd).fill((byte) 0);
    }
    return finish(
        defined == 0 ? Encoding.EMPTY : Encoding.SPARSE, coded.coding(), defined, selectionLength);
  }

  private long finish(Encoding encoding, ValueCoding coding, long defined, long selectionLength) {
    BlobHeader.write(out.blob(), spec, fill, binding, encoding, coding, defined, selectionLength);
    out.giveBackScratch();
    return out.length();
  }
}
