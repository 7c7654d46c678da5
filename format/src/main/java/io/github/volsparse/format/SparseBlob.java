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
 * <p>A {@link Binding} tells where a blob belongs. Methods without one make blobs that are not
 * bound, and do not check it.
 *
 * <p>Decoding does not trust its input: for any bytes, it either returns their content or throws
 * {@link CorruptBlobException}, and it allocates no more than a valid blob of that length can need.
 * All methods may be called from any thread; segments and buffers belong to the caller and must not
 * change during the call. A segment with a blob must be native memory or a {@code byte[]}.
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
      defined = out.scanner(spec.elementSize()).count(elements, spec.fill());
    }
    BlobWriter writer = new BlobWriter(spec, binding, Codec.NONE, out);
    writer.reserveValues(spec.elements());
    writer.writeDense(elements, defined);
  }

  /**
   * Encodes a chunk of which only these elements were written, directly from their memory: the same
   * as writing them to an empty {@link Chunk} and encoding that, but without keeping it.
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
   * @param spec the kind of chunk
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
    return new BlobReader(header(spec, binding, blob), blob).chunk(spec, true);
  }

  /** The same, wherever it belongs. */
  public static Chunk decode(ChunkSpec spec, MemorySegment blob) {
    return decode(spec, Binding.ANY, blob);
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
    return new BlobReader(header(spec, binding, blob), blob).chunk(spec, false);
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
    new BlobReader(header, blob).elements(elements, isFilled);
  }

  /**
   * Returns the defined positions of a blob. Values are only read if the blob is dense.
   *
   * @param blob exactly the blob
   * @throws CorruptBlobException if the blob is damaged
   */
  public static RoaringBitmap selection(MemorySegment blob) {
    return new BlobReader(header(blob), blob).defined().toBitmap();
  }

  /**
   * The positions of the defined elements of a chunk. Values are only read if the blob does not say
   * which they are: if it is dense.
   */
  static Positions defined(ChunkSpec spec, Binding binding, MemorySegment blob) {
    return new BlobReader(header(spec, binding, blob), blob).defined();
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
