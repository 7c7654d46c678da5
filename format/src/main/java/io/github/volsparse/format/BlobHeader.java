package io.github.volsparse.format;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * What the header of a valid blob says. Offsets and lengths are in bytes.
 *
 * <pre>
 * offset size
 *      0    4  magic "SPCK"
 *      4    4  CRC32C of all bytes from offset 8 to the end of the blob
 *      8    8  length of the blob in bytes
 *     16    1  format version: 1; 2 if the blob is bound; 3 if its values are packed, too
 *     17    1  encoding: 0 EMPTY, 1 SPARSE, 2 DENSE
 *     18    1  flags: 1 defined means written, 2 a fill value is stored, 4 bound to a chunk
 *              (from version 2 on); others are 0
 *     19    1  coding of the values: 0 raw, 1 LZ4, 2 byte-shuffled then LZ4, 3 packed (in version 3)
 *     20    4  bytes per element
 *     24    4  elements in the chunk
 *     28    4  defined elements
 *     32    4  length of the selection section in bytes
 *     36    4  tag of where the blob belongs; 0 in version 1
 *     40       fill value, only if it is not all zeros; then zeros up to a multiple of 8
 * </pre>
 *
 * <p>All integers are little-endian and unsigned. The first sixteen bytes keep their meaning in
 * every later version, so that damage is never mistaken for a newer version.
 *
 * <p>The class is long because every field has its own check and its own message.
 *
 * @param version format version
 * @param encoding how elements are held
 * @param keep what "defined" means
 * @param coding how values are stored
 * @param elementSize bytes per element
 * @param elements elements in the chunk
 * @param defined defined elements; under {@link Encoding#DENSE} with {@link Keep#NONFILL} how many
 *     of all the stored ones differ from the fill value
 * @param isToChunk whether it is bound to a chunk, not only to a dataset
 * @param tag of where it belongs, see {@link Binding}
 * @param fillValue the fill value as it is stored: {@code elementSize} bytes, or none for zeros
 * @param selectionOffset where the selection section begins
 * @param selectionLength its length, 0 unless sparse
 * @param valuesOffset where the values section begins
 * @param valuesLength its length as stored
 * @param length length of the blob
 */
public record BlobHeader(
    int version,
    Encoding encoding,
    Keep keep,
    ValueCoding coding,
    int elementSize,
    long elements,
    long defined,
    boolean isToChunk,
    int tag,
    byte[] fillValue,
    long selectionOffset,
    long selectionLength,
    long valuesOffset,
    long valuesLength,
    long length) {

  /** The highest format version there is. */
  public static final int VERSION = 3;

  /** The version of blobs that are not bound. */
  private static final int VERSION_UNBOUND = 1;

  /** The version of bound blobs that older readers can read: those whose values are not packed. */
  private static final int VERSION_BOUND = 2;

  /** Bytes of a header without a fill value. */
  static final int BYTES = 40;

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
  private static final int TAG_AT = 36;

  private static final int FLAG_WRITTEN = 1;
  private static final int FLAG_FILL = 2;
  private static final int FLAG_TO_CHUNK = 4;

  /** Sections begin at multiples of this. */
  private static final int ALIGNMENT = 8;

  /** How much goes into one call of the CRC: a {@link ByteBuffer} ends at 2 GiB. */
  private static final long CRC_STEP_BYTES = 1L << 30;

  /** How much is copied right after its checksum was taken, while it is in the nearest cache. */
  private static final long COPY_STEP_BYTES = 1L << 14;

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
    return encoding.stored(elements, defined);
  }

  /** Returns the length of the values section when it is not compressed. */
  public long rawValuesLength() {
    return storedElements() * elementSize;
  }

  /** Returns the size of the whole chunk in bytes, all elements present. */
  public long denseBytes() {
    return elements * elementSize;
  }

  /** Whether the blob says where it belongs. */
  public boolean isBound() {
    return version > VERSION_UNBOUND;
  }

  /** Whether elements that are not defined are zeros. */
  public boolean isFillZero() {
    return isZero(fillValue);
  }

  // ---- write

  static long align(long offset) {
    return (offset + ALIGNMENT - 1) & -ALIGNMENT;
  }

  /** Where the first section begins. */
  static long end(ChunkSpec spec, Fill fill) {
    return BYTES + (fill.isZero() ? 0 : align(spec.elementSize()));
  }

  /** Writes the header of a blob whose sections are there, and its checksum. */
  static void write(
      MemorySegment blob,
      ChunkSpec spec,
      Fill fill,
      Binding binding,
      Encoding encoding,
      ValueCoding coding,
      long defined,
      long selectionLength) {
    int flags = spec.keep() == Keep.WRITTEN ? FLAG_WRITTEN : 0;
    blob.asSlice(0, end(spec, fill)).fill((byte) 0);
    if (!fill.isZero()) {
      flags |= FLAG_FILL;
      byte[] value = spec.sharedFillValue();
      Elements.copy(value, value.length, blob, BYTES);
    }
    if (binding.isToChunk()) {
      flags |= FLAG_TO_CHUNK;
    }
    blob.set(Elements.INT, 0, MAGIC);
    blob.set(Elements.LONG, LENGTH_AT, blob.byteSize());
    blob.set(Elements.BYTE, VERSION_AT, (byte) version(binding, coding));
    blob.set(Elements.BYTE, ENCODING_AT, (byte) encoding.ordinal());
    blob.set(Elements.BYTE, FLAGS_AT, (byte) flags);
    blob.set(Elements.BYTE, CODING_AT, (byte) coding.ordinal());
    blob.set(Elements.INT, ELEMENT_SIZE_AT, spec.elementSize());
    blob.set(Elements.INT, ELEMENTS_AT, (int) spec.elements());
    blob.set(Elements.INT, DEFINED_AT, (int) defined);
    blob.set(Elements.INT, SELECTION_LENGTH_AT, (int) selectionLength);
    blob.set(Elements.INT, TAG_AT, binding.isBound() ? binding.tag() : 0);
    blob.set(Elements.INT, CRC_AT, crc(blob));
  }

  private static int version(Binding binding, ValueCoding coding) {
    if (coding == ValueCoding.PACKED) {
      return VERSION;
    }
    return binding.isBound() ? VERSION_BOUND : VERSION_UNBOUND;
  }

  // ---- read

  /**
   * Reads and checks a blob's header and its checksum.
   *
   * @param blob exactly the blob
   * @throws CorruptBlobException if the blob is damaged or newer than this reader
   */
  static BlobHeader read(MemorySegment blob) {
    return read(blob, blob.byteSize() < BYTES ? 0 : crc(blob));
  }

  /**
   * The same of a blob that {@link #isPlain}, whose elements are copied on the way.
   *
   * @param elements receives them, damaged or not
   */
  static BlobHeader readAndCopy(MemorySegment blob, MemorySegment elements) {
    return read(blob, crcAndCopy(blob, elements));
  }

  private static BlobHeader read(MemorySegment blob, int crc) {
    checkIntegrity(blob, crc);
    int version = unsignedByte(blob, VERSION_AT);
    if (version > VERSION) {
      throw new CorruptBlobException(
          ("the blob was written by a newer vol-sparse (format version %d); this one"
                  + " reads up to version %d: install a newer one")
              .formatted(version, VERSION));
    }
    int flags = unsignedByte(blob, FLAGS_AT);
    expect(version >= VERSION_UNBOUND, "format version", version);
    int known = FLAG_WRITTEN | FLAG_FILL | (version > VERSION_UNBOUND ? FLAG_TO_CHUNK : 0);
    expect((flags & ~known) == 0, "flags", flags);
    int tag = blob.get(Elements.INT, TAG_AT);
    expect(version > VERSION_UNBOUND || tag == 0, "reserved field", Integer.toUnsignedLong(tag));
    Encoding encoding = constant(Encoding.values(), "encoding", unsignedByte(blob, ENCODING_AT));
    ValueCoding coding =
        constant(ValueCoding.values(), "coding of values", unsignedByte(blob, CODING_AT));
    boolean isPacked = coding == ValueCoding.PACKED;
    expect(
        isPacked == (version == VERSION), "format version of values coded as " + coding, version);
    Keep keep = (flags & FLAG_WRITTEN) != 0 ? Keep.WRITTEN : Keep.NONFILL;

    long elementSize = unsigned(blob, ELEMENT_SIZE_AT);
    long elements = unsigned(blob, ELEMENTS_AT);
    long defined = unsigned(blob, DEFINED_AT);
    expect(elementSize >= 1 && elementSize <= Integer.MAX_VALUE, "element size", elementSize);
    expect(elements >= 1, "number of elements", elements);
    expect(defined <= elements, "number of defined elements", defined);

    boolean fillStored = (flags & FLAG_FILL) != 0;
    long fillEnd = BYTES + (fillStored ? elementSize : 0);
    long selectionOffset = align(fillEnd);
    expect(selectionOffset <= blob.byteSize(), "element size with a fill value", elementSize);
    long selectionLength = unsigned(blob, SELECTION_LENGTH_AT);
    long selectionEnd = selectionOffset + selectionLength;
    long valuesOffset = align(selectionEnd);
    long valuesLength = blob.byteSize() - valuesOffset;
    expect(valuesLength >= 0, "length of the selection section", selectionLength);
    expectZeros(blob, fillEnd, selectionOffset);
    expectZeros(blob, selectionEnd, valuesOffset);
    byte[] fillValue = blob.asSlice(BYTES, fillStored ? elementSize : 0).toArray(Elements.BYTE);

    BlobHeader header =
        new BlobHeader(
            version,
            encoding,
            keep,
            coding,
            (int) elementSize,
            elements,
            defined,
            (flags & FLAG_TO_CHUNK) != 0,
            tag,
            fillValue,
            selectionOffset,
            selectionLength,
            valuesOffset,
            valuesLength,
            blob.byteSize());
    header.checkConsistent();
    return header;
  }

  /** The checks for a blob of any version: magic, length and checksum. */
  private static void checkIntegrity(MemorySegment blob, int computed) {
    if (blob.byteSize() < BYTES) {
      throw new CorruptBlobException(
          "the blob is cut off: it has %d bytes, and its header alone has %d"
              .formatted(blob.byteSize(), BYTES));
    }
    int magic = blob.get(Elements.INT, 0);
    if (magic != MAGIC) {
      throw new CorruptBlobException(
          ("not a sparse chunk: it starts with 0x%08x, not" + " 0x%08x").formatted(magic, MAGIC));
    }
    long length = blob.get(Elements.LONG, LENGTH_AT);
    if (length != blob.byteSize()) {
      throw new CorruptBlobException(
          "the blob has %d bytes, but its header says %s"
              .formatted(blob.byteSize(), Long.toUnsignedString(length)));
    }
    int stored = blob.get(Elements.INT, CRC_AT);
    if (stored != computed) {
      throw new CorruptBlobException(
          "the blob is damaged: its CRC32C is 0x%08x, the header says 0x%08x"
              .formatted(computed, stored));
    }
  }

  /** Checks that the fields agree with the encoding and the coding. */
  private void checkConsistent() {
    expect(
        (encoding == Encoding.EMPTY) == (defined == 0),
        "number of defined elements in " + encoding,
        defined);
    expect(
        encoding != Encoding.DENSE || keep == Keep.NONFILL || defined == elements,
        "number of written elements in " + encoding,
        defined);
    expect(
        (encoding == Encoding.SPARSE) == (selectionLength > 0),
        "length of the selection section in " + encoding,
        selectionLength);
    long raw = rawValuesLength();
    boolean possible = coding.isPossible(elementSize, raw, valuesLength);
    if (!possible) {
      throw bad(
          "length of the values section for %d bytes coded as %s".formatted(raw, coding),
          valuesLength);
    }
  }

  /**
   * Checks that the blob fits a kind of chunk.
   *
   * @param elements the elements it must have
   * @param elementSize the bytes of each
   * @param fillValue its fill value; no bytes for zeros
   * @param keep which of its elements are defined
   * @throws CorruptBlobException if it does not fit
   */
  public void requireKind(long elements, int elementSize, byte[] fillValue, Keep keep) {
    if (this.elementSize != elementSize || this.elements != elements) {
      throw new CorruptBlobException(
          ("the blob has %d elements of %d bytes, but the chunks of the dataset have %d"
                  + " elements of %d bytes")
              .formatted(this.elements, this.elementSize, elements, elementSize));
    }
    if (!isSame(this.fillValue, fillValue)) {
      throw new CorruptBlobException("the blob's fill value is not that of the dataset");
    }
    // A blob that does not tell which elements were written is one of any dataset: filters make no
    // other. One that tells is of a dataset that keeps them.
    if (this.keep == Keep.WRITTEN && keep != Keep.WRITTEN) {
      throw new CorruptBlobException(
          "the blob records which elements were written, but the dataset keeps those"
              + " that differ from the fill value");
    }
  }

  void requireKind(ChunkSpec spec) {
    requireKind(spec.elements(), spec.elementSize(), spec.sharedFillValue(), spec.keep());
  }

  /** Whether two fill values are the same, one of no bytes being all zeros. */
  private static boolean isSame(byte[] a, byte[] b) {
    return a.length == b.length ? Arrays.equals(a, b) : isZero(a) && isZero(b);
  }

  private static boolean isZero(byte[] bytes) {
    for (byte b : bytes) {
      if (b != 0) {
        return false;
      }
    }
    return true;
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
    return new CorruptBlobException("the blob's header is invalid: " + what + " is " + value);
  }

  private static <E> E constant(E[] constants, String what, int ordinal) {
    expect(ordinal < constants.length, what, ordinal);
    return constants[ordinal];
  }

  // ---- of a blob that is not checked

  /** Whether bytes begin as a blob does, damaged or not. */
  static boolean isBlob(MemorySegment bytes) {
    return bytes.byteSize() >= Integer.BYTES && bytes.get(Elements.INT, 0) == MAGIC;
  }

  /** Whether bytes begin as a blob does and are as many as it says, damaged or not. */
  static boolean isWholeBlob(MemorySegment bytes) {
    return bytes.byteSize() >= BYTES
        && isBlob(bytes)
        && bytes.get(Elements.LONG, LENGTH_AT) == bytes.byteSize();
  }

  /** Whether a blob says that it has an encoding. */
  static boolean is(Encoding encoding, MemorySegment blob) {
    return unsignedByte(blob, ENCODING_AT) == encoding.ordinal();
  }

  /** Whether a blob that may be damaged says that it is its header and these elements. */
  static boolean isPlain(MemorySegment blob, long elementBytes) {
    return blob.byteSize() == BYTES + elementBytes
        && is(Encoding.DENSE, blob)
        && unsignedByte(blob, CODING_AT) == ValueCoding.RAW.ordinal()
        && (unsignedByte(blob, FLAGS_AT) & FLAG_FILL) == 0;
  }

  // ---- bytes

  private static int unsignedByte(MemorySegment blob, long at) {
    return Byte.toUnsignedInt(blob.get(Elements.BYTE, at));
  }

  private static long unsigned(MemorySegment blob, long at) {
    return Integer.toUnsignedLong(blob.get(Elements.INT, at));
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
    crc.update(blob.asSlice(LENGTH_AT, BYTES - LENGTH_AT).asByteBuffer());
    for (long at = 0; at < elements.byteSize(); at += COPY_STEP_BYTES) {
      long step = Math.min(COPY_STEP_BYTES, elements.byteSize() - at);
      crc.update(blob.asSlice(BYTES + at, step).asByteBuffer());
      MemorySegment.copy(blob, BYTES + at, elements, at, step);
    }
    return (int) crc.getValue();
  }
}
