package io.github.volsparse.format;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.roaringbitmap.RoaringBitmap;

/**
 * The file format of a chunk, read and written. {@code docs/format.md} describes it in full; in
 * short:
 *
 * <pre>
 *   header, see {@link BlobHeader}
 *   selection section (SPARSE only), a roaring bitmap; then zeros up to a multiple of 8
 *   values section (not in EMPTY), up to the end of the blob
 * </pre>
 *
 * <p>SPARSE holds the positions of the defined elements and their values in position order. DENSE
 * holds the values of all elements, and is chosen when SPARSE would not be smaller before
 * compression. EMPTY holds none: no element is defined. So a blob is never larger than the dense
 * chunk by more than its header and fill value, and a defined element costs its value and at most
 * two bytes more (one bit per element of the chunk where they are many, a few bytes a run where
 * they come in runs).
 *
 * <p>Which elements are defined depends on {@link Keep}: those that differ from the fill value, or
 * those that were written. DENSE cannot tell written elements from others and is then only chosen
 * if all are.
 *
 * <p>Where a blob belongs is told by a {@link Binding}. Methods without one make blobs that are not
 * bound, and do not look where one belongs.
 *
 * <p>Decoding trusts nothing: whatever the bytes, it either returns what they mean or throws {@link
 * CorruptBlobException}, and it allocates no more than an honest blob of that length could need.
 * All methods may be called from any thread; segments and buffers belong to the caller and must not
 * change meanwhile. A segment with a blob must be native memory or a {@code byte[]}.
 */
public final class SparseBlob {

  private SparseBlob() {}

  // ---- encode

  /**
   * Encodes a chunk.
   *
   * @param out receives the blob, see {@link BlobBuffer#blob}
   * @return the length of the blob in bytes
   */
  public static long encode(Chunk chunk, Codec codec, BlobBuffer out) {
    return encode(chunk, Binding.NONE, codec, out);
  }

  /**
   * Encodes a chunk.
   *
   * @param binding where it belongs
   * @param out receives the blob, see {@link BlobBuffer#blob}
   * @return the length of the blob in bytes
   */
  public static long encode(Chunk chunk, Binding binding, Codec codec, BlobBuffer out) {
    BlobWriter writer = new BlobWriter(chunk.spec(), binding, codec, out);
    writer.reserveValues(chunk.covered().total());
    return writer.write(chunk.covered(), chunk.values(), chunk::readAll);
  }

  /**
   * Encodes all elements of a chunk straight from the memory they are in. Under {@link
   * Keep#WRITTEN} all of them count as written.
   *
   * @param binding where the chunk belongs
   * @param elements all elements, {@link ChunkSpec#denseBytes} bytes; only read
   * @param out receives the blob, see {@link BlobBuffer#blob}
   * @return the length of the blob in bytes
   * @throws IllegalArgumentException if {@code elements} has another size
   */
  public static long encodeElements(
      ChunkSpec spec, Binding binding, MemorySegment elements, Codec codec, BlobBuffer out) {
    Chunk.checkDenseSize(spec, elements);
    BlobWriter writer = new BlobWriter(spec, binding, codec, out);
    writer.reserveValues(spec.elements());
    return writer.write(
        Positions.all(spec.elements()), elements, values -> values.copyFrom(elements));
  }

  /** The same, not bound. */
  public static long encodeElements(
      ChunkSpec spec, MemorySegment elements, Codec codec, BlobBuffer out) {
    return encodeElements(spec, Binding.NONE, elements, codec, out);
  }

  /**
   * Encodes all elements of a chunk as they are, {@link Encoding#DENSE} and {@link
   * ValueCoding#RAW}, for others to compress.
   *
   * @param binding where the chunk belongs
   * @param elements all elements, {@link ChunkSpec#denseBytes} bytes; only read
   * @param out receives the blob, see {@link BlobBuffer#blob}
   * @throws IllegalArgumentException if {@code elements} has another size
   */
  public static void encodeDense(
      ChunkSpec spec, Binding binding, MemorySegment elements, BlobBuffer out) {
    Chunk.checkDenseSize(spec, elements);
    long defined = spec.elements();
    if (spec.keep() == Keep.NONFILL) {
      defined = out.scanner(spec.elementSize()).find(elements, defined, spec.fill()).total();
    }
    BlobWriter writer = new BlobWriter(spec, binding, Codec.NONE, out);
    writer.reserveValues(spec.elements()).copyFrom(elements);
    writer.writeDense(defined);
  }

  /**
   * Encodes a chunk of which only these elements were written, straight from the memory they are
   * in: the same as an empty {@link Chunk} to which they are written, but nothing of it remains.
   *
   * @param binding where the chunk belongs
   * @param runs the elements, in the order of their positions ({@link CopyRuns#isOrdered})
   * @param source the memory that the runs' offsets refer to; it is only read
   * @param out receives the blob, see {@link BlobBuffer#blob}
   * @return the length of the blob in bytes
   * @throws IllegalArgumentException if the runs are not in that order
   * @throws IndexOutOfBoundsException if a run does not fit the chunk or the memory
   */
  public static long encodeRuns(
      ChunkSpec spec,
      Binding binding,
      CopyRuns runs,
      MemorySegment source,
      Codec codec,
      BlobBuffer out) {
    if (!runs.isOrdered()) {
      throw new IllegalArgumentException("runs are not in the order of positions");
    }
    Objects.checkFromToIndex(0, runs.positionEnd(), spec.elements());
    BlobWriter writer = new BlobWriter(spec, binding, codec, out);
    MemorySegment values = writer.reserveValues(runs.elements());
    long at = 0;
    for (int run = 0; run < runs.size(); run++) {
      long bytes = runs.length(run) * spec.elementSize();
      Elements.copy(source, runs.memoryOffset(run), values, at, bytes);
      at += bytes;
    }
    return writer.write(
        Positions.of(runs), values, elements -> layOut(runs, source, spec, elements));
  }

  /** Puts runs into memory for all elements, and the fill value everywhere else. */
  private static void layOut(
      CopyRuns runs, MemorySegment source, ChunkSpec spec, MemorySegment elements) {
    spec.fill().fill(elements, 0, elements.byteSize());
    for (int run = 0; run < runs.size(); run++) {
      long at = runs.position(run) * spec.elementSize();
      long bytes = runs.length(run) * spec.elementSize();
      Elements.copy(source, runs.memoryOffset(run), elements, at, bytes);
    }
  }

  /**
   * Returns the most bytes that a blob of a chunk may have. What is longer is none.
   *
   * @param spec what the chunk is
   */
  public static long maximumBytes(ChunkSpec spec) {
    long selection = SelectionCodec.maximumBytes(spec.elements(), spec.elements());
    long head = BlobHeader.align(BlobHeader.BYTES + BlobHeader.align(spec.elementSize()));
    return BlobHeader.align(head + selection) + spec.denseBytes();
  }

  // ---- decode

  /**
   * Decodes a blob into a chunk, which is independent of the blob's memory afterwards.
   *
   * <p>The chunk covers the elements whose values the blob holds. Where written elements are kept
   * and a blob holds all of them without saying which were written, as filters make it, it is those
   * that differ from the fill value.
   *
   * @param spec what the chunk must be
   * @param binding where it must belong
   * @param blob exactly the blob
   * @throws CorruptBlobException if the blob is damaged, of another kind of chunk, or belongs
   *     elsewhere
   */
  public static Chunk decode(ChunkSpec spec, Binding binding, MemorySegment blob) {
    return decode(spec, binding, blob, true);
  }

  /** The same, wherever it belongs. */
  public static Chunk decode(ChunkSpec spec, MemorySegment blob) {
    return decode(spec, Binding.ANY, blob, true);
  }

  /**
   * Decodes a blob into a chunk to read from while the blob's memory is not used for anything else:
   * values that are not compressed stay where they are.
   *
   * @param spec what the chunk must be
   * @param binding where it must belong
   * @param blob exactly the blob
   * @throws CorruptBlobException if the blob is damaged, of another kind of chunk, or belongs
   *     elsewhere
   */
  public static Chunk view(ChunkSpec spec, Binding binding, MemorySegment blob) {
    return decode(spec, binding, blob, false);
  }

  private static Chunk decode(
      ChunkSpec spec, Binding binding, MemorySegment blob, boolean independent) {
    BlobHeader header = header(spec, binding, blob);
    boolean hidesWritten = spec.keep() == Keep.WRITTEN && header.encoding() == Encoding.DENSE;
    if (header.keep() == Keep.NONFILL && hidesWritten) {
      Block dense = decodeDense(header, blob);
      try {
        return Chunk.fromElements(spec, dense.segment());
      } finally {
        dense.giveBack();
      }
    }
    if (independent && Chunk.isDense(spec, header.defined(), header.selectionLength())) {
      return Chunk.adopt(spec, Positions.all(spec.elements()), decodeDense(header, blob));
    }
    Positions positions = readSelection(header, blob);
    return independent || header.coding() != ValueCoding.RAW
        ? Chunk.adopt(spec, positions, readValues(header, blob))
        : Chunk.view(spec, positions, values(header, blob));
  }

  /** All elements of a chunk, in memory that the caller gives back. */
  private static Block decodeDense(BlobHeader header, MemorySegment blob) {
    Block dense = Block.of(header.denseBytes());
    boolean done = false;
    try {
      decodeInto(header, blob, dense.segment(), false);
      done = true;
    } finally {
      if (!done) {
        dense.giveBack();
      }
    }
    return dense;
  }

  /**
   * Decodes a blob into memory, as all elements of the chunk, with nothing in between. Elements
   * that are not defined get the fill value.
   *
   * @param spec what the chunk must be
   * @param binding where it must belong
   * @param blob exactly the blob
   * @param elements receives the elements, {@link ChunkSpec#denseBytes} bytes
   * @throws CorruptBlobException if the blob is damaged, of another kind of chunk, or belongs
   *     elsewhere; what {@code elements} holds is then undefined
   */
  public static void decodeInto(
      ChunkSpec spec, Binding binding, MemorySegment blob, MemorySegment elements) {
    if (BlobHeader.isPlain(blob, elements.byteSize())) {
      BlobHeader header = BlobHeader.readAndCopy(blob, elements);
      header.requireKind(spec);
      binding.require(header);
    } else {
      decodeInto(header(spec, binding, blob), blob, elements, false);
    }
  }

  /** The same, wherever it belongs. */
  public static void decodeInto(ChunkSpec spec, MemorySegment blob, MemorySegment elements) {
    decodeInto(spec, Binding.ANY, blob, elements);
  }

  /**
   * Decodes a blob whose header was read, as {@link #decodeInto(ChunkSpec, Binding, MemorySegment,
   * MemorySegment)}.
   *
   * @param header the blob's
   * @param blob exactly the blob
   * @param elements receives the elements: {@link BlobHeader#denseBytes} bytes
   * @param isFilled whether the memory holds fill values already
   * @throws CorruptBlobException if the blob is damaged, or its chunk has another size
   */
  public static void decodeInto(
      BlobHeader header, MemorySegment blob, MemorySegment elements, boolean isFilled) {
    if (elements.byteSize() != header.denseBytes()) {
      throw new CorruptBlobException(
          ("blob of %d elements of %d bytes, memory for %d bytes")
              .formatted(header.elements(), header.elementSize(), elements.byteSize()));
    }
    if (header.encoding() == Encoding.DENSE) {
      readValues(header, blob, elements);
      return;
    }
    if (header.encoding() == Encoding.SPARSE && Unpacker.unpacks(header.elementSize())) {
      decodeWhole(header, blob, elements, isFilled);
      return;
    }
    Positions positions = readSelection(header, blob);
    Block decoded = Block.nothing();
    try {
      MemorySegment values = values(header, blob);
      if (header.coding() != ValueCoding.RAW) {
        decoded = readValues(header, blob);
        values = decoded.segment();
      }
      if (positions.total() < header.elements() && !isFilled) {
        new Fill(header.fillValue()).fill(elements, 0, elements.byteSize());
      }
      positions.layOut(values, header.elementSize(), elements);
    } finally {
      decoded.giveBack();
    }
  }

  /** Decodes container by container. */
  private static void decodeWhole(
      BlobHeader header, MemorySegment blob, MemorySegment elements, boolean isFilled) {
    ValueReader values =
        header
            .coding()
            .reader(values(header, blob), header.elementSize(), header.rawValuesLength());
    try {
      new WholeChunkDecoder(
              selection(header, blob),
              values,
              header.elementSize(),
              new Fill(header.fillValue()),
              elements,
              isFilled)
          .decode(header.elements(), header.defined());
    } finally {
      values.giveBack();
    }
  }

  /** The positions of the stored values. */
  private static Positions readSelection(BlobHeader header, MemorySegment blob) {
    return switch (header.encoding()) {
      case EMPTY -> Positions.none();
      case SPARSE ->
          SelectionCodec.read(selection(header, blob), header.elements(), header.defined());
      case DENSE -> Positions.all(header.elements());
    };
  }

  private static MemorySegment selection(BlobHeader header, MemorySegment blob) {
    return blob.asSlice(header.selectionOffset(), header.selectionLength());
  }

  private static MemorySegment values(BlobHeader header, MemorySegment blob) {
    return blob.asSlice(header.valuesOffset(), header.valuesLength());
  }

  /** The values, packed, in memory that the caller gives back. */
  private static Block readValues(BlobHeader header, MemorySegment blob) {
    Block values = Block.of(header.rawValuesLength());
    boolean done = false;
    try {
      readValues(header, blob, values.segment());
      done = true;
    } finally {
      if (!done) {
        values.giveBack();
      }
    }
    return values;
  }

  private static void readValues(BlobHeader header, MemorySegment blob, MemorySegment to) {
    header.coding().decode(values(header, blob), header.elementSize(), to);
  }

  /**
   * Returns the defined positions of a blob. Values are only read if the blob is dense.
   *
   * @param blob exactly the blob
   * @throws CorruptBlobException if the blob is damaged
   */
  public static RoaringBitmap selection(MemorySegment blob) {
    return defined(header(blob), blob).toBitmap();
  }

  /**
   * The positions of the defined elements of a chunk. Values are only read if the blob does not say
   * which they are: if it is dense.
   */
  static Positions defined(ChunkSpec spec, Binding binding, MemorySegment blob) {
    return defined(header(spec, binding, blob), blob);
  }

  private static Positions defined(BlobHeader header, MemorySegment blob) {
    return header.keep() == Keep.NONFILL && header.encoding() == Encoding.DENSE
        ? differing(header, blob)
        : readSelection(header, blob);
  }

  /** The positions of the elements of a dense blob that differ from its fill value. */
  private static Positions differing(BlobHeader header, MemorySegment blob) {
    Fill fill = new Fill(header.fillValue());
    DefinedScanner scanner = DefinedScanner.of(header.elementSize());
    if (header.coding() == ValueCoding.RAW) {
      return scanner.find(values(header, blob), header.elements(), fill);
    }
    Block values = readValues(header, blob);
    try {
      return scanner.find(values.segment(), header.elements(), fill);
    } finally {
      values.giveBack();
    }
  }

  /**
   * Returns whether bytes begin as a blob does, damaged or not.
   *
   * @param bytes any bytes
   */
  public static boolean isBlob(MemorySegment bytes) {
    return BlobHeader.isBlob(bytes);
  }

  /**
   * Returns whether bytes begin as a blob does and are as many as it says, damaged or not.
   *
   * @param bytes any bytes
   */
  public static boolean isWholeBlob(MemorySegment bytes) {
    return BlobHeader.isWholeBlob(bytes);
  }

  /**
   * Returns whether a blob that was just encoded says that nothing is defined.
   *
   * @param blob a blob; not checked
   */
  public static boolean isEmpty(MemorySegment blob) {
    return BlobHeader.is(Encoding.EMPTY, blob);
  }

  /**
   * Returns whether a blob that was just encoded holds all elements.
   *
   * @param blob a blob; not checked
   */
  public static boolean isDense(MemorySegment blob) {
    return BlobHeader.is(Encoding.DENSE, blob);
  }

  /**
   * Reads and checks a blob's header and its checksum.
   *
   * @param blob exactly the blob
   * @throws CorruptBlobException if the blob is damaged or newer than this reader
   */
  public static BlobHeader header(MemorySegment blob) {
    return BlobHeader.read(blob);
  }

  /**
   * Reads and checks a blob's header and its checksum.
   *
   * @param spec what the chunk must be
   * @param binding where it must belong
   * @param blob exactly the blob
   * @throws CorruptBlobException if the blob is damaged, of another kind of chunk, or belongs
   *     elsewhere
   */
  public static BlobHeader header(ChunkSpec spec, Binding binding, MemorySegment blob) {
    BlobHeader header = BlobHeader.read(blob);
    header.requireKind(spec);
    binding.require(header);
    return header;
  }
}
