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

  /** The defined elements of the sample, packed; null before it is taken. */
  private MemorySegment sample;

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
    return isNearlyAll(defined, spec.elements());
  }

  private static boolean isNearlyAll(long defined, long elements) {
    return elements - defined < elements / NEARLY_ALL;
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
    boolean isPacked = true;
    if (spec.keep() == Keep.WRITTEN) {
      takeAll(covered, from, selection);
    } else {
      if (from == values && mayBeSmallerPacked(covered.total())) {
        takeSample(covered, from); // before others take its place
      }
      isPacked = covered.total() < spec.elements() || !seemsNearlyAll(from);
      takeDefined(covered, from, isPacked ? values : null, selection);
      out.rememberNearlyAll(isNearlyAll(selection.total()));
    }
    if (choose(covered, from, selection) == Encoding.DENSE) {
      if (!isPacked) {
        return writeDense(from, selection.total());
      }
      if (selection.total() < spec.elements()) {
        all.accept(values);
      } // else these are all, and are there
      return writeDense(values, selection.total());
    }
    if (!isPacked) {
      selection.begin(out.head());
      takeDefined(covered, from, values, selection);
    }
    return writeSparse(selection);
  }

  /**
   * Whether nearly all elements seem to be defined: all of them will be stored then, and it is of
   * no use to pack those that are defined.
   */
  private boolean seemsNearlyAll(MemorySegment elements) {
    if (!out.wasNearlyAll()) {
      return false;
    }
    long piece = Math.min(spec.elements(), pieceElements());
    DefinedScanner scanner = out.scanner(spec.elementSize());
    scanner.begin();
    int defined = scanner.scan(elements, 0, piece * spec.elementSize(), fill, null, 0);
    return isNearlyAll(defined, piece);
  }

  private long pieceElements() {
    return Math.max(1, ValueCodec.PIECE_BYTES / spec.elementSize());
  }

  /** Takes a sample of the defined elements: as of values, but by their positions. */
  private void takeSample(Positions covered, MemorySegment from) {
    int size = spec.elementSize();
    long piece = pieceElements();
    int pieces = ValueCodec.SAMPLE_PIECES;
    if (spec.elements() <= pieces * piece) {
      piece = spec.elements();
      pieces = 1;
    }
    long distance = pieces == 1 ? 0 : (spec.elements() - piece) / (pieces - 1);
    MemorySegment room = out.scratch(1, pieces * piece * size);
    DefinedScanner scanner = out.scanner(size);
    scanner.begin();
    long packed = 0;
    for (int i = 0; i < pieces; i++) {
      long begin = covered.rankOf(i * distance) * size;
      long end = covered.rankOf(i * distance + piece) * size;
      packed += (long) scanner.scan(from, begin, end, fill, room, packed) * size;
    }
    sample = room.asSlice(0, packed);
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

  /**
   * Finds the defined elements.
   *
   * @param packed receives them; null if they are not wanted
   */
  private void takeDefined(
      Positions covered, MemorySegment from, MemorySegment packed, SelectionCodec selection) {
    DefinedScanner scanner = out.scanner(spec.elementSize());
    scanner.begin();
    long packedAt = 0;
    for (int c = 0; c < covered.size(); c++) {
      long at = covered.rank(c) * spec.elementSize();
      long end = covered.rank(c + 1) * spec.elementSize();
      int defined = scanner.scan(from, at, end, fill, packed, packedAt);
      if (defined > 0) {
        selection.add(covered.key(c), scanner.positions(covered.container(c), out.container()));
        packedAt += (long) defined * spec.elementSize();
      }
    }
  }

  private Encoding choose(Positions covered, MemorySegment from, SelectionCodec selection) {
    long defined = selection.total();
    long selectionLength = selection.length();
    if (defined == 0) {
      return Encoding.EMPTY;
    }
    long sparseBytes = selectionLength + defined * spec.elementSize();
    if (spec.keep() == Keep.WRITTEN && defined < spec.elements()) {
      return Encoding.SPARSE; // the other one would lose the positions
    }
    return sparseBytes >= spec.denseBytes()
            || isSmallerPacked(covered, from, defined, selectionLength)
        ? Encoding.DENSE
        : Encoding.SPARSE;
  }

  /**
   * Whether all elements, packed in few bits, take less than nearly all of them and their
   * positions. The bits of those that are not defined are taken for as many as those of the others.
   */
  private boolean isSmallerPacked(
      Positions covered, MemorySegment from, long defined, long selectionLength) {
    if (!mayBeSmallerPacked(defined)) {
      return false;
    }
    if (sample == null) {
      takeSample(covered, from);
    }
    double packed = ValueCodec.packedBytes(sample, kind(true, 0), out);
    long undefined = spec.elements() - defined;
    return packed > 0
        && packed / sample.byteSize() * spec.elementSize() * undefined < selectionLength;
  }

  /** Whether this is to be found out, by a sample. */
  private boolean mayBeSmallerPacked(long defined) {
    return isNearlyAll(defined)
        && codec != Codec.NONE
        && spec.keep() == Keep.NONFILL
        && kind(true, 0).packs();
  }

  private ValueCodec.Kind kind(boolean isSparse, long head) {
    boolean areNotZero = isSparse && spec.keep() == Keep.NONFILL && fill.isZero();
    return new ValueCodec.Kind(spec.elementSize(), areNotZero, binding.isBound(), head);
  }

  /**
   * Writes a blob of all elements.
   *
   * @param elements these
   * @param defined how many of them are defined
   * @return the length of the blob
   */
  long writeDense(MemorySegment elements, long defined) {
    long head = BlobHeader.end(spec, fill);
    MemorySegment section = values.asSlice(0, spec.denseBytes());
    ValueCodec.Stored coded =
        ValueCodec.encode(
            elements.asSlice(0, spec.denseBytes()), section, kind(false, head), codec, out);
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
    MemorySegment section = values.asSlice(0, defined * spec.elementSize());
    ValueCodec.Stored coded =
        ValueCodec.encode(section, section, kind(true, valuesOffset), codec, out);
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
