package io.github.volsparse.chunk;

import io.github.volsparse.chunk.ChunkSpec.Keep;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.roaringbitmap.RoaringBitmap;

/**
 * The file format of a chunk, read and written. {@code docs/format.md} describes it in full; in
 * short:
 *
 * <pre>
 * offset size
 *      0    4  magic "SPCK"
 *      4    4  CRC32C of all bytes from offset 8 to the end of the blob
 *      8    8  length of the blob in bytes
 *     16    1  format version, 1
 *     17    1  encoding: 0 EMPTY, 1 SPARSE, 2 DENSE
 *     18    1  flags: 1 defined means written, 2 a fill value is stored; others are 0
 *     19    1  coding of the values: 0 raw, 1 LZ4, 2 byte-shuffled then LZ4
 *     20    4  bytes per element
 *     24    4  elements in the chunk
 *     28    4  defined elements
 *     32    4  length of the selection section in bytes
 *     36    4  reserved, 0
 *     40       fill value, only if it is not all zeros; then zeros up to a multiple of 8
 *              selection section (SPARSE only), a roaring bitmap; then zeros up to a multiple of 8
 *              values section (not in EMPTY), up to the end of the blob
 * </pre>
 *
 * <p>All integers are little-endian and unsigned. The first sixteen bytes keep their meaning in
 * every later version, so that damage is never taken for a newer version.
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
 * <p>Decoding trusts nothing: whatever the bytes, it either returns what they mean or throws {@link
 * CorruptBlobException}, and it allocates no more than an honest blob of that length could need.
 * All methods may be called from any thread; segments and buffers belong to the caller and must not
 * change meanwhile. A segment with a blob must be native memory or a {@code byte[]}.
 */
public final class SparseBlob {

  /** The format version written, and the highest one read. */
  public static final int VERSION = 1;

  private static final int MAGIC = 'S' | 'P' << 8 | 'C' << 16 | 'K' << 24;

  private static final int CRC_AT = 4;
  private static final int LENGTH_AT = 8;
  private static final int VERSION_AT = 16;
  private static final int ENCODING_AT = 17;
  private static final int FLAGS_AT = 18;
  private static final int CODING_AT = 19;
  private static final int ELEMENT_SIZE_AT = 20;
  private static final int ELEMENTS_AT = 24;
  private static final int DEFINED_AT = 28;
  private static final int SELECTION_LENGTH_AT = 32;
  private static final int RESERVED_AT = 36;
  private static final int FILL_AT = 40;

  private static final int FLAG_WRITTEN = 1;
  private static final int FLAG_FILL = 2;

  /** Sections begin at multiples of this. */
  private static final int ALIGNMENT = 8;

  /** How much goes into one call of the CRC: a {@link ByteBuffer} ends at 2 GiB. */
  private static final long CRC_STEP_BYTES = 1L << 30;

  /** How much is copied right after its checksum was taken, while it is in the nearest cache. */
  private static final long COPY_STEP_BYTES = 1L << 14;

  private SparseBlob() {}

  /** How a blob holds its elements; the ordinal is the number in the file. */
  public enum Encoding {
    /** No element is defined. */
    EMPTY,
    /** Positions and values of the defined elements. */
    SPARSE,
    /** Values of all elements. */
    DENSE
  }

  /** How the values section is stored; the ordinal is the number in the file. */
  public enum ValueCoding {
    /** As they are. */
    RAW,
    /** One LZ4 block. */
    LZ4,
    /** One LZ4 block of the byte-shuffled values. */
    SHUFFLE_LZ4
  }

  /**
   * What the header of a valid blob says. Offsets and lengths are in bytes.
   *
   * @param version format version
   * @param encoding how elements are held
   * @param keep what "defined" means
   * @param coding how values are stored
   * @param elementSize bytes per element
   * @param elements elements in the chunk
   * @param defined defined elements; under {@link Encoding#DENSE} with {@link Keep#NONFILL} how
   *     many of all the stored ones differ from the fill value
   * @param fillValue the fill value as it is stored: {@code elementSize} bytes, or none for zeros
   * @param selectionOffset where the selection section begins
   * @param selectionLength its length, 0 unless sparse
   * @param valuesOffset where the values section begins
   * @param valuesLength its length as stored
   * @param length length of the blob
   */
  public record Header(
      int version,
      Encoding encoding,
      Keep keep,
      ValueCoding coding,
      int elementSize,
      long elements,
      long defined,
      byte[] fillValue,
      long selectionOffset,
      long selectionLength,
      long valuesOffset,
      long valuesLength,
      long length) {

    /** Returns a copy of the fill value, {@code elementSize} bytes also if it is all zeros. */
    @Override
    public byte[] fillValue() {
      return Arrays.copyOf(fillValue, elementSize);
    }

    /** Returns what the chunk is. */
    public ChunkSpec spec() {
      return new ChunkSpec(elements, elementSize, fillValue(), keep);
    }

    /** Returns the number of elements whose values are stored. */
    public long storedElements() {
      return encoding == Encoding.DENSE ? elements : defined;
    }

    /** Returns the length of the values section when it is not compressed. */
    public long rawValuesLength() {
      return storedElements() * elementSize;
    }

    private MemorySegment selection(MemorySegment blob) {
      return blob.asSlice(selectionOffset, selectionLength);
    }

    /** The positions of the stored values. */
    private Runs readSelection(MemorySegment blob) {
      return switch (encoding) {
        case EMPTY -> new Runs();
        case SPARSE -> SelectionCodec.read(selection(blob), elements, defined);
        case DENSE -> Runs.all(elements);
      };
    }

    private MemorySegment values(MemorySegment blob) {
      return blob.asSlice(valuesOffset, valuesLength);
    }

    /** The values, packed, in memory that the caller gives back. */
    private Block readValues(MemorySegment blob) {
      Block values = Block.of(rawValuesLength());
      boolean done = false;
      try {
        readValues(blob, values.segment());
        done = true;
      } finally {
        if (!done) {
          values.giveBack();
        }
      }
      return values;
    }

    private void readValues(MemorySegment blob, MemorySegment to) {
      ValueCodec.decode(values(blob), coding, elementSize, to);
    }
  }

  // ---- encode

  /**
   * Encodes a chunk.
   *
   * @param out receives the blob, see {@link BlobBuffer#blob}
   * @return the length of the blob in bytes
   */
  public static long encode(Chunk chunk, Codec codec, BlobBuffer out) {
    return encode(chunk.spec(), chunk.fill(), chunk.covered(), chunk.values(), codec, out);
  }

  /**
   * Encodes all elements of a chunk straight from the memory they are in. Under {@link
   * Keep#WRITTEN} all of them count as written.
   *
   * @param elements all elements, {@link ChunkSpec#denseBytes} bytes; only read
   * @param out receives the blob, see {@link BlobBuffer#blob}
   * @return the length of the blob in bytes
   * @throws IllegalArgumentException if {@code elements} has another size
   */
  public static long encodeElements(
      ChunkSpec spec, MemorySegment elements, Codec codec, BlobBuffer out) {
    Chunk.checkDenseSize(spec, elements);
    Fill fill = spec.fill();
    return encode(spec, fill, Runs.all(spec.elements()), elements, codec, out);
  }

  /**
   * Encodes all elements of a chunk as they are, {@link Encoding#DENSE} and {@link
   * ValueCoding#RAW}, for others to compress.
   *
   * @param elements all elements, {@link ChunkSpec#denseBytes} bytes; only read
   * @param out receives the blob, see {@link BlobBuffer#blob}
   * @throws IllegalArgumentException if {@code elements} has another size
   */
  public static void encodeDense(ChunkSpec spec, MemorySegment elements, BlobBuffer out) {
    Chunk.checkDenseSize(spec, elements);
    Fill fill = spec.fill();
    Runs defined = Runs.all(spec.elements());
    if (spec.keep() == Keep.NONFILL) {
      defined = out.scratchRuns(0);
      fill.findDefined(elements, spec.elements(), defined);
    }
    MemorySegment values = reserveValues(spec, fill, spec.elements(), out);
    values.copyFrom(elements);
    finish(spec, fill, defined, Encoding.DENSE, 0, values, Codec.NONE, out);
  }

  /**
   * Encodes a chunk of which only these elements were written, straight from the memory they are
   * in: the same as an empty {@link Chunk} to which they are written, but nothing of it remains.
   *
   * @param runs the elements, in the order of their positions ({@link CopyRuns#isOrdered})
   * @param source the memory that the runs' offsets refer to; it is only read
   * @param out receives the blob, see {@link BlobBuffer#blob}
   * @return the length of the blob in bytes
   * @throws IllegalArgumentException if the runs are not in that order
   * @throws IndexOutOfBoundsException if a run does not fit the chunk or the memory
   */
  public static long encodeRuns(
      ChunkSpec spec, CopyRuns runs, MemorySegment source, Codec codec, BlobBuffer out) {
    if (!runs.isOrdered()) {
      throw new IllegalArgumentException("runs are not in the order of positions");
    }
    Objects.checkFromToIndex(0, runs.positionEnd(), spec.elements());
    Fill fill = spec.fill();
    MemorySegment values = reserveValues(spec, fill, runs.elements(), out);
    long at = 0;
    for (int run = 0; run < runs.size(); run++) {
      long bytes = runs.length(run) * spec.elementSize();
      Elements.copy(source, runs.memoryOffset(run), values, at, bytes);
      at += bytes;
    }
    Runs written = Runs.of(runs);
    try {
      Runs defined = pack(spec, fill, written, values, values, out);
      return finish(spec, fill, defined, values, codec, out);
    } finally {
      written.giveBack();
    }
  }

  private static long encode(
      ChunkSpec spec, Fill fill, Runs covered, MemorySegment from, Codec codec, BlobBuffer out) {
    MemorySegment values = reserveValues(spec, fill, covered.total(), out);
    Runs defined = pack(spec, fill, covered, from, values, out);
    return finish(spec, fill, defined, values, codec, out);
  }

  /**
   * Makes room for the values of so many elements where they stay, behind room for whatever may
   * come before them: how much that is, the values themselves will tell.
   *
   * @return the room, enough for all elements where the encoding may come to be {@link
   *     Encoding#DENSE}
   */
  private static MemorySegment reserveValues(
      ChunkSpec spec, Fill fill, long covered, BlobBuffer out) {
    long selection = SelectionCodec.maximumBytes(spec.elements(), covered);
    long bytes = covered * spec.elementSize();
    return out.reserveBehind(
        align(selectionOffset(spec, fill) + selection),
        bytes + selection < spec.denseBytes() ? bytes : spec.denseBytes());
  }

  /**
   * Packs the values of the defined elements.
   *
   * @param covered the elements there are
   * @param from their values
   * @param to receives those that are defined; may be where they are already
   * @return the positions of the defined elements
   */
  private static Runs pack(
      ChunkSpec spec,
      Fill fill,
      Runs covered,
      MemorySegment from,
      MemorySegment to,
      BlobBuffer out) {
    if (spec.keep() == Keep.WRITTEN) {
      if (from != to) {
        MemorySegment.copy(from, 0, to, 0, covered.total() * spec.elementSize());
      }
      return covered;
    }
    Runs ranks = out.scratchRuns(0);
    fill.packDefined(from, covered.total(), ranks, to);
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

  private static long finish(
      ChunkSpec spec, Fill fill, Runs defined, MemorySegment values, Codec codec, BlobBuffer out) {
    long selectionLength = defined.total() == 0 ? 0 : out.selection().plan(defined);
    Encoding encoding = choose(spec, defined.total(), selectionLength);
    if (encoding == Encoding.DENSE) {
      selectionLength = 0;
      fill.spread(defined, values, spec.elements());
    }
    return finish(spec, fill, defined, encoding, selectionLength, values, codec, out);
  }

  /** Codes the values in the buffer, and puts before them what belongs there. */
  private static long finish(
      ChunkSpec spec,
      Fill fill,
      Runs defined,
      Encoding encoding,
      long selectionLength,
      MemorySegment values,
      Codec codec,
      BlobBuffer out) {
    long stored = encoding == Encoding.DENSE ? spec.elements() : defined.total();
    ValueCodec.Stored coded =
        ValueCodec.encode(
            values.asSlice(0, stored * spec.elementSize()), spec.elementSize(), codec, out);

    long selectionOffset = selectionOffset(spec, fill);
    long selectionEnd = selectionOffset + selectionLength;
    long valuesOffset = align(selectionEnd);
    out.setBlob(valuesOffset, coded.bytes());
    MemorySegment blob = out.blob();
    blob.asSlice(0, selectionOffset).fill((byte) 0);
    if (selectionLength > 0) {
      out.selection().write(defined, blob, selectionOffset);
      blob.asSlice(selectionEnd, valuesOffset - selectionEnd).fill((byte) 0);
    }
    writeHeader(blob, spec, fill, encoding, coded.coding(), defined.total(), selectionLength);
    out.giveBackScratch();
    return out.length();
  }

  private static long selectionOffset(ChunkSpec spec, Fill fill) {
    return FILL_AT + (fill.isZero() ? 0 : align(spec.elementSize()));
  }

  private static Encoding choose(ChunkSpec spec, long defined, long selectionLength) {
    if (defined == 0) {
      return Encoding.EMPTY;
    }
    boolean smaller = selectionLength + defined * spec.elementSize() < spec.denseBytes();
    boolean denseLosesPositions = spec.keep() == Keep.WRITTEN && defined < spec.elements();
    return smaller || denseLosesPositions ? Encoding.SPARSE : Encoding.DENSE;
  }

  private static void writeHeader(
      MemorySegment blob,
      ChunkSpec spec,
      Fill fill,
      Encoding encoding,
      ValueCoding coding,
      long defined,
      long selectionLength) {
    int flags = spec.keep() == Keep.WRITTEN ? FLAG_WRITTEN : 0;
    if (!fill.isZero()) {
      flags |= FLAG_FILL;
      byte[] value = spec.sharedFillValue();
      Elements.copy(value, value.length, blob, FILL_AT);
    }
    blob.set(Elements.INT, 0, MAGIC);
    blob.set(Elements.LONG, LENGTH_AT, blob.byteSize());
    blob.set(Elements.BYTE, VERSION_AT, (byte) VERSION);
    blob.set(Elements.BYTE, ENCODING_AT, (byte) encoding.ordinal());
    blob.set(Elements.BYTE, FLAGS_AT, (byte) flags);
    blob.set(Elements.BYTE, CODING_AT, (byte) coding.ordinal());
    blob.set(Elements.INT, ELEMENT_SIZE_AT, spec.elementSize());
    blob.set(Elements.INT, ELEMENTS_AT, (int) spec.elements());
    blob.set(Elements.INT, DEFINED_AT, (int) defined);
    blob.set(Elements.INT, SELECTION_LENGTH_AT, (int) selectionLength);
    blob.set(Elements.INT, CRC_AT, crc(blob));
  }

  // ---- decode

  /**
   * Decodes a blob into a chunk, which is independent of the blob's memory afterwards.
   *
   * <p>The chunk covers the elements whose values the blob holds. A blob whose {@link Keep} differs
   * from the specification's is taken as it is. One that leaves out elements with another fill
   * value makes a dense chunk, because in the new chunk they are no fill. Where written elements
   * are kept and a blob holds all of them without saying which were written, it is those that
   * differ from the fill value.
   *
   * @param spec what the chunk must be
   * @param blob exactly the blob
   * @throws CorruptBlobException if the blob is damaged or of another kind of chunk
   */
  public static Chunk decode(ChunkSpec spec, MemorySegment blob) {
    return decode(spec, blob, true);
  }

  /**
   * Decodes a blob into a chunk to read from while the blob's memory is not used for anything else:
   * values that are not compressed stay where they are.
   *
   * @param spec what the chunk must be
   * @param blob exactly the blob
   * @throws CorruptBlobException if the blob is damaged or of another kind of chunk
   */
  public static Chunk view(ChunkSpec spec, MemorySegment blob) {
    return decode(spec, blob, false);
  }

  private static Chunk decode(ChunkSpec spec, MemorySegment blob, boolean independent) {
    Header header = header(blob);
    checkKind(header, spec.elementSize(), spec.elements());
    boolean otherFill = !Arrays.equals(header.fillValue(), spec.sharedFillValue());
    boolean hidesWritten = spec.keep() == Keep.WRITTEN && header.encoding == Encoding.DENSE;
    if (header.keep == Keep.NONFILL && (otherFill || hidesWritten)) {
      Block dense = decodeDense(header, spec, blob);
      if (spec.keep() == Keep.NONFILL) {
        return Chunk.adopt(spec, Runs.all(spec.elements()), dense);
      }
      try {
        return Chunk.fromElements(spec, dense.segment());
      } finally {
        dense.giveBack();
      }
    }
    Runs runs = header.readSelection(blob);
    boolean done = false;
    try {
      Chunk chunk;
      if (!independent && header.coding == ValueCoding.RAW) {
        chunk = Chunk.view(spec, runs, header.values(blob));
      } else if (independent && Chunk.isLargerThanDense(spec, runs)) {
        chunk = Chunk.adopt(spec, Runs.all(spec.elements()), decodeDense(header, spec, blob));
        runs.giveBack();
      } else {
        chunk = Chunk.adopt(spec, runs, header.readValues(blob));
      }
      done = true;
      return chunk;
    } finally {
      if (!done) {
        runs.giveBack();
      }
    }
  }

  /** All elements of a chunk, in memory that the caller gives back. */
  private static Block decodeDense(Header header, ChunkSpec spec, MemorySegment blob) {
    Block dense = Block.of(spec.denseBytes());
    boolean done = false;
    try {
      decodeInto(header, blob, dense.segment());
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
   * that are not defined get the fill value of the blob.
   *
   * @param blob exactly the blob
   * @param elements receives the elements: as many bytes as they take
   * @throws CorruptBlobException if the blob is damaged or its chunk has another size; what {@code
   *     elements} holds is then undefined
   */
  public static void decodeInto(MemorySegment blob, MemorySegment elements) {
    decodeInto(header(blob), blob, elements);
  }

  /**
   * Decodes a blob into memory, as {@link #decodeInto(MemorySegment, MemorySegment)}, and checks
   * that it is a blob of this kind of chunk.
   *
   * @param spec what the chunk must be
   * @param blob exactly the blob
   * @param elements receives the elements, {@link ChunkSpec#denseBytes} bytes
   * @throws CorruptBlobException if the blob is damaged or of another kind of chunk
   */
  public static void decodeInto(ChunkSpec spec, MemorySegment blob, MemorySegment elements) {
    if (isPlain(blob, elements.byteSize())) {
      Header header = header(blob, crcAndCopy(blob, elements));
      checkKind(header, spec.elementSize(), spec.elements());
    } else {
      Header header = header(blob);
      checkKind(header, spec.elementSize(), spec.elements());
      decodeInto(header, blob, elements);
    }
  }

  /** Whether a blob that may be damaged says that it is its header and these elements. */
  private static boolean isPlain(MemorySegment blob, long elementBytes) {
    return blob.byteSize() == FILL_AT + elementBytes
        && isDense(blob)
        && unsignedByte(blob, CODING_AT) == ValueCoding.RAW.ordinal()
        && (unsignedByte(blob, FLAGS_AT) & FLAG_FILL) == 0;
  }

  private static void decodeInto(Header header, MemorySegment blob, MemorySegment elements) {
    if (elements.byteSize() != header.elements * header.elementSize) {
      throw new CorruptBlobException(
          ("blob of %d elements of %d bytes, memory for %d bytes")
              .formatted(header.elements, header.elementSize, elements.byteSize()));
    }
    if (header.encoding == Encoding.DENSE) {
      header.readValues(blob, elements);
      return;
    }
    Runs runs = header.readSelection(blob);
    Block decoded = Block.nothing();
    try {
      MemorySegment values = header.values(blob);
      if (header.coding != ValueCoding.RAW) {
        decoded = header.readValues(blob);
        values = decoded.segment();
      }
      if (runs.total() < header.elements) {
        new Fill(header.fillValue()).fill(elements, 0, elements.byteSize());
      }
      Elements.scatter(runs, values, header.elementSize, elements);
    } finally {
      decoded.giveBack();
      runs.giveBack();
    }
  }

  private static void checkKind(Header header, int elementSize, long elements) {
    if (header.elementSize != elementSize || header.elements != elements) {
      throw new CorruptBlobException(
          ("blob of %d elements of %d bytes in a dataset with chunks of %d elements of %d bytes")
              .formatted(header.elements, header.elementSize, elements, elementSize));
    }
  }

  /**
   * Returns the defined positions of a blob. Values are only read if the blob is dense.
   *
   * @param blob exactly the blob
   * @throws CorruptBlobException if the blob is damaged
   */
  public static RoaringBitmap selection(MemorySegment blob) {
    Header header = header(blob);
    Runs runs = header.readSelection(blob);
    RoaringBitmap bitmap = new RoaringBitmap();
    if (header.encoding == Encoding.SPARSE) {
      runs.giveBack();
      try {
        bitmap.deserialize(header.selection(blob).asByteBuffer());
      } catch (IOException e) {
        throw new CorruptBlobException("selection is no roaring bitmap", e);
      }
      return bitmap;
    }
    if (header.encoding == Encoding.DENSE && header.keep == Keep.NONFILL) {
      runs = differing(header, blob);
    }
    for (int run = 0; run < runs.size(); run++) {
      bitmap.add(runs.start(run), runs.end(run));
    }
    runs.giveBack();
    return bitmap;
  }

  /**
   * The positions of the defined elements of a chunk. Values are only read if the blob does not say
   * which they are: if it is dense, or has another fill value than the dataset.
   */
  static Runs defined(ChunkSpec spec, MemorySegment blob) {
    Header header = header(blob);
    checkKind(header, spec.elementSize(), spec.elements());
    if (header.keep == Keep.NONFILL) {
      if (!Arrays.equals(header.fillValue(), spec.sharedFillValue())) {
        Block dense = decodeDense(header, spec, blob);
        try {
          return differing(spec.fill(), dense.segment(), header.elements);
        } finally {
          dense.giveBack();
        }
      }
      if (header.encoding == Encoding.DENSE) {
        return differing(header, blob);
      }
    }
    return header.readSelection(blob);
  }

  /** The positions of the elements of a dense blob that differ from its fill value. */
  private static Runs differing(Header header, MemorySegment blob) {
    Fill fill = new Fill(header.fillValue());
    if (header.coding == ValueCoding.RAW) {
      return differing(fill, header.values(blob), header.elements);
    }
    Block values = header.readValues(blob);
    try {
      return differing(fill, values.segment(), header.elements);
    } finally {
      values.giveBack();
    }
  }

  private static Runs differing(Fill fill, MemorySegment values, long elements) {
    Runs differing = new Runs();
    fill.findDefined(values, elements, differing);
    return differing;
  }

  /**
   * Returns whether bytes begin as a blob does, damaged or not.
   *
   * @param bytes any bytes
   */
  public static boolean isBlob(MemorySegment bytes) {
    return bytes.byteSize() >= Integer.BYTES && bytes.get(Elements.INT, 0) == MAGIC;
  }

  /**
   * Returns whether bytes begin as a blob does and are as many as it says, damaged or not.
   *
   * @param bytes any bytes
   */
  public static boolean isWholeBlob(MemorySegment bytes) {
    return bytes.byteSize() >= FILL_AT
        && isBlob(bytes)
        && bytes.get(Elements.LONG, LENGTH_AT) == bytes.byteSize();
  }

  /**
   * Returns whether a blob that was just encoded says that nothing is defined.
   *
   * @param blob a blob; not checked
   */
  public static boolean isEmpty(MemorySegment blob) {
    return unsignedByte(blob, ENCODING_AT) == Encoding.EMPTY.ordinal();
  }

  /**
   * Returns whether a blob that was just encoded holds all elements.
   *
   * @param blob a blob; not checked
   */
  public static boolean isDense(MemorySegment blob) {
    return unsignedByte(blob, ENCODING_AT) == Encoding.DENSE.ordinal();
  }

  /**
   * Reads and checks a blob's header and its checksum.
   *
   * @param blob exactly the blob
   * @throws CorruptBlobException if the blob is damaged or newer than this reader
   */
  public static Header header(MemorySegment blob) {
    return header(blob, blob.byteSize() < FILL_AT ? 0 : crc(blob));
  }

  private static Header header(MemorySegment blob, int crc) {
    checkIntegrity(blob, crc);
    int version = unsignedByte(blob, VERSION_AT);
    if (version > VERSION) {
      throw new CorruptBlobException(
          "written by a newer vol-sparse (format version %d); this one reads up to %d"
              .formatted(version, VERSION));
    }
    int flags = unsignedByte(blob, FLAGS_AT);
    expect(version == VERSION, "format version", version);
    expect((flags & ~(FLAG_WRITTEN | FLAG_FILL)) == 0, "flags", flags);
    expect(blob.get(Elements.INT, RESERVED_AT) == 0, "reserved field", unsigned(blob, RESERVED_AT));
    Encoding encoding = constant(Encoding.values(), "encoding", unsignedByte(blob, ENCODING_AT));
    ValueCoding coding =
        constant(ValueCoding.values(), "coding of values", unsignedByte(blob, CODING_AT));
    Keep keep = (flags & FLAG_WRITTEN) != 0 ? Keep.WRITTEN : Keep.NONFILL;

    long elementSize = unsigned(blob, ELEMENT_SIZE_AT);
    long elements = unsigned(blob, ELEMENTS_AT);
    long defined = unsigned(blob, DEFINED_AT);
    expect(elementSize >= 1 && elementSize <= Integer.MAX_VALUE, "element size", elementSize);
    expect(elements >= 1, "number of elements", elements);
    expect(defined <= elements, "number of defined elements", defined);

    boolean fillStored = (flags & FLAG_FILL) != 0;
    long fillEnd = FILL_AT + (fillStored ? elementSize : 0);
    long selectionOffset = align(fillEnd);
    expect(selectionOffset <= blob.byteSize(), "element size, with a fill value,", elementSize);
    long selectionLength = unsigned(blob, SELECTION_LENGTH_AT);
    long selectionEnd = selectionOffset + selectionLength;
    long valuesOffset = align(selectionEnd);
    long valuesLength = blob.byteSize() - valuesOffset;
    expect(valuesLength >= 0, "length of the selection section", selectionLength);
    expectZeros(blob, fillEnd, selectionOffset);
    expectZeros(blob, selectionEnd, valuesOffset);
    byte[] fillValue = blob.asSlice(FILL_AT, fillStored ? elementSize : 0).toArray(Elements.BYTE);

    Header header =
        new Header(
            version,
            encoding,
            keep,
            coding,
            (int) elementSize,
            elements,
            defined,
            fillValue,
            selectionOffset,
            selectionLength,
            valuesOffset,
            valuesLength,
            blob.byteSize());
    checkConsistent(header);
    return header;
  }

  /** What can be said of a blob of any version: it is one, it is whole, it is not damaged. */
  private static void checkIntegrity(MemorySegment blob, int computed) {
    if (blob.byteSize() < FILL_AT) {
      throw new CorruptBlobException(
          "blob of %d bytes is cut off: the header alone has %d"
              .formatted(blob.byteSize(), FILL_AT));
    }
    int magic = blob.get(Elements.INT, 0);
    if (magic != MAGIC) {
      throw new CorruptBlobException(
          "no sparse chunk: it starts with 0x%08x, not 0x%08x".formatted(magic, MAGIC));
    }
    long length = blob.get(Elements.LONG, LENGTH_AT);
    if (length != blob.byteSize()) {
      throw new CorruptBlobException(
          "blob of %d bytes has %s in its header"
              .formatted(blob.byteSize(), Long.toUnsignedString(length)));
    }
    int stored = blob.get(Elements.INT, CRC_AT);
    if (stored != computed) {
      throw new CorruptBlobException(
          "blob is damaged: its CRC32C is 0x%08x, the header says 0x%08x"
              .formatted(computed, stored));
    }
  }

  /** What the encodings and codings demand of each other. */
  private static void checkConsistent(Header header) {
    Encoding encoding = header.encoding;
    long defined = header.defined;
    expect(
        (encoding == Encoding.EMPTY) == (defined == 0),
        "number of defined elements in " + encoding,
        defined);
    expect(
        encoding != Encoding.DENSE || header.keep == Keep.NONFILL || defined == header.elements,
        "number of written elements in " + encoding,
        defined);
    expect(
        (encoding == Encoding.SPARSE) == (header.selectionLength > 0),
        "length of the selection section in " + encoding,
        header.selectionLength);
    long raw = header.rawValuesLength();
    boolean possible =
        switch (header.coding) {
          case RAW -> header.valuesLength == raw;
          case LZ4, SHUFFLE_LZ4 ->
              raw > 0
                  && raw <= ValueCodec.MAX_COMPRESSED_BYTES
                  && raw <= header.valuesLength * Lz4.MAX_RATIO;
        };
    if (!possible) {
      String what = "length of the values section, %d bytes as %s".formatted(raw, header.coding);
      throw bad(what, header.valuesLength);
    }
  }

  private static void expectZeros(MemorySegment blob, long from, long to) {
    for (long at = from; at < to; at++) {
      if (blob.get(Elements.BYTE, at) != 0) {
        throw bad("padding at byte " + at, unsignedByte(blob, at));
      }
    }
  }

  private static void expect(boolean valid, String what, long value) {
    if (!valid) {
      throw bad(what, value);
    }
  }

  private static CorruptBlobException bad(String what, long value) {
    return new CorruptBlobException("blob header: " + what + " is " + value);
  }

  private static <E> E constant(E[] constants, String what, int ordinal) {
    expect(ordinal < constants.length, what, ordinal);
    return constants[ordinal];
  }

  // ---- both

  private static int unsignedByte(MemorySegment blob, long at) {
    return Byte.toUnsignedInt(blob.get(Elements.BYTE, at));
  }

  private static long unsigned(MemorySegment blob, long at) {
    return Integer.toUnsignedLong(blob.get(Elements.INT, at));
  }

  private static long align(long offset) {
    return (offset + ALIGNMENT - 1) & -ALIGNMENT;
  }

  private static int crc(MemorySegment blob) {
    CRC32C crc = new CRC32C();
    for (long at = LENGTH_AT; at < blob.byteSize(); at += CRC_STEP_BYTES) {
      long bytes = Math.min(CRC_STEP_BYTES, blob.byteSize() - at);
      crc.update(blob.asSlice(at, bytes).asByteBuffer());
    }
    return (int) crc.getValue();
  }

  /** The checksum of a blob whose values are all elements of its chunk, and these copied. */
  private static int crcAndCopy(MemorySegment blob, MemorySegment elements) {
    CRC32C crc = new CRC32C();
    crc.update(blob.asSlice(LENGTH_AT, FILL_AT - LENGTH_AT).asByteBuffer());
    for (long at = 0; at < elements.byteSize(); at += COPY_STEP_BYTES) {
      long step = Math.min(COPY_STEP_BYTES, elements.byteSize() - at);
      crc.update(blob.asSlice(FILL_AT + at, step).asByteBuffer());
      MemorySegment.copy(blob, FILL_AT + at, elements, at, step);
    }
    return (int) crc.getValue();
  }
}
