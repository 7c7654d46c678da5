package io.github.volsparse.tool.convert;

import static io.github.volsparse.tool.hdf5.H5.check;

import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.Datatypes;
import io.github.volsparse.tool.hdf5.H5;
import io.github.volsparse.tool.hdf5.Id;
import io.github.volsparse.tool.hdf5.StoredChunk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.LongConsumer;

/** Copies elements from dataset to dataset in batches. */
final class ElementCopy {
  /** How much of a dataset without chunks is copied at a time. */
  private static final long BLOCK_BYTES = 16 << 20;

  private final Dataset from;
  private final Dataset to;
  private final References references;
  private final LongConsumer progress;

  /**
   * Prepares a copy.
   *
   * @param to a dataset of the same shape and datatype
   * @param references what to do with references among the elements; null if there are none
   * @param progress receives the number of bytes that are copied
   */
  ElementCopy(Dataset from, Dataset to, References references, LongConsumer progress) {
    this.from = from;
    this.to = to;
    this.references = references;
    this.progress = progress;
  }

  /**
   * Copies the chunks that are stored; what is not stored is not written. (Reading it could fail,
   * too: HDF5 cannot give a fill value of variable length where it may not write.)
   *
   * @param stored the chunks of the source
   * @param chunkShape their shape
   */
  void chunks(List<StoredChunk> stored, long[] chunkShape) {
    long[] shape = from.shape();
    try (Arena arena = Arena.ofConfined();
        Id type = Id.of("H5Tcopy", hdf5_h.H5Tcopy(from.type().value()))) {
      MemorySegment buffer = arena.allocate(Dataset.product(chunkShape) * Datatypes.size(type), 16);
      for (StoredChunk chunk : stored) {
        long[] lengths = chunkShape.clone();
        for (int d = 0; d < shape.length; d++) {
          lengths[d] = Math.min(lengths[d], shape[d] - chunk.offset()[d]);
        }
        block(chunk.offset(), lengths, type, buffer);
        progress.accept(chunk.bytes());
      }
    }
  }

  /** Copies chunks as they are stored, if both datasets have the same creation properties. */
  void storedChunks() {
    for (StoredChunk chunk : from.storedChunks()) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment bytes = arena.allocate(Math.max(1, chunk.bytes()), Long.BYTES);
        from.readStored(chunk, bytes);
        check(
            "H5Dwrite_chunk",
            hdf5_h.H5Dwrite_chunk(
                to.id().value(),
                hdf5_h.H5P_DEFAULT,
                chunk.filterMask(),
                H5.numbers(arena, chunk.offset()),
                chunk.bytes(),
                bytes.address()));
      }
      progress.accept(chunk.bytes());
    }
  }

  /** Copies all elements that are stored. */
  void all() {
    if (from.storedBytes() == 0 || from.elements() == 0) {
      return;
    }
    if (from.layout() == Dataset.Layout.CHUNKED) {
      chunks(from.storedChunks(), from.chunkShape());
      return;
    }
    try (Arena arena = Arena.ofConfined();
        Id type = Id.of("H5Tcopy", hdf5_h.H5Tcopy(from.type().value()))) {
      if (from.isSimple()) {
        blocks(arena, type);
      } else {
        try (Id space = Id.of("H5Dget_space", hdf5_h.H5Dget_space(from.id().value()))) {
          transfer(type, space, hdf5_h.H5P_DEFAULT, arena.allocate(Datatypes.size(type), 16));
        }
      }
    }
  }

  private void blocks(Arena arena, Id type) {
    long[] shape = from.shape();
    long[] block = shape.clone();
    long size = Datatypes.size(type);
    long room = Math.max(1, BLOCK_BYTES / size);
    for (int d = shape.length - 1; d >= 0; d--) {
      block[d] = Math.min(shape[d], room);
      room = Math.max(1, room / block[d]);
    }
    MemorySegment buffer = arena.allocate(Dataset.product(block) * size, 16);
    for (Blocks blocks = new Blocks(shape, block); blocks.next(); ) {
      block(blocks.start(), blocks.lengths(), type, buffer);
      progress.accept(Dataset.product(blocks.lengths()) * size);
    }
  }

  private void block(long[] start, long[] lengths, Id type, MemorySegment buffer) {
    long count = Dataset.product(lengths);
    try (Arena arena = Arena.ofConfined();
        Id file = from.select(start, lengths);
        Id memory =
            Id.of("H5Screate_simple", hdf5_h.H5Screate_simple(1, H5.numbers(arena, count), 0))) {
      transfer(type, memory, file.value(), buffer.asSlice(0, count * Datatypes.size(type)));
    }
  }

  private void transfer(Id type, Id memory, long file, MemorySegment elements) {
    long at = elements.address();
    check(
        "H5Dread",
        hdf5_h.H5Dread(
            from.id().value(), type.value(), memory.value(), file, hdf5_h.H5P_DEFAULT, at));
    if (references != null) {
      references.translate(type, elements);
    }
    check(
        "H5Dwrite",
        hdf5_h.H5Dwrite(
            to.id().value(), type.value(), memory.value(), file, hdf5_h.H5P_DEFAULT, at));
    if (!from.hasFixedSizeElements()) {
      check("H5Treclaim", hdf5_h.H5Treclaim(type.value(), memory.value(), hdf5_h.H5P_DEFAULT, at));
    }
  }
}
