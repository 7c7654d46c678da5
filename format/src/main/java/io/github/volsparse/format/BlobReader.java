package io.github.volsparse.format;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;

/** Reads one blob whose header was read. The counterpart of {@link BlobWriter}. */
final class BlobReader {
  private final BlobHeader header;
  private final MemorySegment blob;

  /**
   * Prepares to read a blob.
   *
   * @param header the blob's
   * @param blob exactly the blob
   */
  BlobReader(BlobHeader header, MemorySegment blob) {
    this.header = header;
    this.blob = blob;
  }

  /**
   * Decodes the blob into a chunk.
   *
   * @param spec the kind of chunk
   * @param independent whether the chunk must not use the blob's memory
   */
  Chunk chunk(ChunkSpec spec, boolean independent) {
    boolean hidesWritten = spec.keep() == Keep.WRITTEN && header.encoding() == Encoding.DENSE;
    if (header.keep() == Keep.NONFILL && hidesWritten) {
      Block dense = allElements();
      try {
        return Chunk.fromElements(spec, dense.segment());
      } finally {
        dense.giveBack();
      }
    }
    if (independent && Chunk.isDense(spec, header.defined(), header.selectionLength())) {
      return Chunk.adopt(spec, Positions.all(spec.elements()), allElements());
    }
    Positions positions = positions();
    return independent || header.coding() != ValueCoding.RAW
        ? Chunk.adopt(spec, positions, decodedValues())
        : Chunk.view(spec, positions, values());
  }

  /** All elements of the chunk, in memory that the caller gives back. */
  private Block allElements() {
    return Block.filled(header.denseBytes(), dense -> elements(dense, false));
  }

  /**
   * Decodes it into memory, as all elements of the chunk.
   *
   * @param elements receives the elements: {@link BlobHeader#denseBytes} bytes
   * @param isFilled whether the memory holds fill values already
   * @throws CorruptBlobException if the blob is damaged, or its chunk has another size
   */
  void elements(MemorySegment elements, boolean isFilled) {
    if (elements.byteSize() != header.denseBytes()) {
      throw new CorruptBlobException(
          ("the blob has %d elements of %d bytes, but the memory for them has %d bytes")
              .formatted(header.elements(), header.elementSize(), elements.byteSize()));
    }
    if (header.encoding() == Encoding.DENSE) {
      decodeValues(elements);
    } else if (header.encoding() == Encoding.SPARSE && Unpacker.unpacks(header.elementSize())) {
      elementsByContainers(elements, isFilled);
    } else {
      elementsByPositions(elements, isFilled);
    }
  }

  private void elementsByContainers(MemorySegment elements, boolean isFilled) {
    ValueReader reader =
        header.coding().reader(values(), header.elementSize(), header.rawValuesLength());
    try {
      new WholeChunkDecoder(
              selection(),
              reader,
              header.elementSize(),
              new Fill(header.fillValue()),
              elements,
              isFilled)
          .decode(header.elements(), header.defined());
    } finally {
      reader.giveBack();
    }
  }

  private void elementsByPositions(MemorySegment elements, boolean isFilled) {
    Positions positions = positions();
    Block decoded = Block.nothing();
    try {
      MemorySegment values = values();
      if (header.coding() != ValueCoding.RAW) {
        decoded = decodedValues();
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

  /**
   * The positions of the defined elements. Values are only read if the blob does not say which they
   * are: if it is dense.
   */
  Positions defined() {
    return header.keep() == Keep.NONFILL && header.encoding() == Encoding.DENSE
        ? differing()
        : positions();
  }

  /** The positions of the elements of a dense blob that differ from its fill value. */
  private Positions differing() {
    Fill fill = new Fill(header.fillValue());
    DefinedScanner scanner = DefinedScanner.of(header.elementSize());
    if (header.coding() == ValueCoding.RAW) {
      return scanner.find(values(), header.elements(), fill);
    }
    Block values = decodedValues();
    try {
      return scanner.find(values.segment(), header.elements(), fill);
    } finally {
      values.giveBack();
    }
  }

  /** The positions of the stored values. */
  private Positions positions() {
    return switch (header.encoding()) {
      case EMPTY -> Positions.none();
      case SPARSE -> SelectionCodec.read(selection(), header.elements(), header.defined());
      case DENSE -> Positions.all(header.elements());
    };
  }

  private MemorySegment selection() {
    return blob.asSlice(header.selectionOffset(), header.selectionLength());
  }

  /** The values as they are stored. */
  private MemorySegment values() {
    return blob.asSlice(header.valuesOffset(), header.valuesLength());
  }

  /** The values, packed, in memory that the caller gives back. */
  private Block decodedValues() {
    return Block.filled(header.rawValuesLength(), this::decodeValues);
  }

  private void decodeValues(MemorySegment to) {
    header.coding().decode(values(), header.elementSize(), to);
  }
}
