package io.github.volsparse.format;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;

/** Makes one blob in a buffer. */
final class BlobWriter {
  /** Where fewer elements are undefined than one in so many, a blob of all may be the smaller. */
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
   * Makes room for the values of so many elements, behind room for whatever may come before them:
   * how much that is, the values themselves will tell.
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
   * Writes all elements of a chunk, container by container, as they are found.
   *
   * @return the length of the blob
   */
  long writeWhole(MemorySegment elements) {
    reserveValues(spec.elements());
    SelectionCodec selection = out.selection();
    selection.begin(out.head());
    out.encoder(spec.elementSize()).encode(elements, fill, values, selection);
    long defined = selection.total();
    long selectionLength = selection.length();
    if (choose(defined, selectionLength) == Encoding.DENSE) {
      values.copyFrom(elements);
      return writeDense(defined);
    }
    return write(null, defined, selectionLength);
  }

  /**
   * Writes elements of a chunk.
   *
   * @param covered those that there are
   * @param from their values; may be the room that was reserved for these
   * @return the length of the blob
   */
  long write(Runs covered, MemorySegment from) {
    Runs defined = pack(covered, from);
    long selectionLength = defined.total() == 0 ? 0 : out.selection().plan(defined);
    if (choose(defined.total(), selectionLength) == Encoding.DENSE) {
      fill.spread(defined, values, spec.elements());
      return writeDense(defined.total());
    }
    return write(defined, defined.total(), selectionLength);
  }

  /**
   * Packs the values of the defined elements.
   *
   * @return the positions of the defined elements
   */
  private Runs pack(Runs covered, MemorySegment from) {
    if (spec.keep() == Keep.WRITTEN) {
      if (from != values) {
        MemorySegment.copy(from, 0, values, 0, covered.total() * spec.elementSize());
      }
      return covered;
    }
    Runs ranks = out.scratchRuns(0);
    fill.packDefined(from, covered.total(), ranks, values);
    if (ranks.total() == covered.total()) {
      return covered;
    }
    if (covered.isPrefix()) {
      return ranks;
    }
    Runs positions = out.scratchRuns(1);
    covered.select(ranks, positions);
    return positions;
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
   * Writes a blob of all elements, which stand where the values stay.
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

  /**
   * Codes the values of the defined elements, and puts before them what belongs there.
   *
   * @param positions theirs; null if the buffer's selection has them container by container
   */
  private long write(Runs positions, long defined, long selectionLength) {
    long selectionOffset = BlobHeader.end(spec, fill);
    long selectionEnd = selectionOffset + selectionLength;
    long valuesOffset = BlobHeader.align(selectionEnd);
    ValueCodec.Stored coded =
        ValueCodec.encode(stored(defined), kind(true, valuesOffset), codec, out);
    out.setBlob(valuesOffset, coded.bytes());
    if (selectionLength > 0) {
      MemorySegment blob = out.blob();
      if (positions == null) {
        out.selection().write(blob, selectionOffset);
      } else {
        out.selection().write(positions, blob, selectionOffset);
      }
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
