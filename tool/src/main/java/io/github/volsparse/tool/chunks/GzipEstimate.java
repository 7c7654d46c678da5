package io.github.volsparse.tool.chunks;

import io.github.volsparse.format.CorruptBlobException;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import io.github.volsparse.tool.hdf5.StoredChunk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.zip.Deflater;

/** What the filters shuffle and gzip would make of chunks, at h5py's usual level. */
final class GzipEstimate {
  private static final int LEVEL = 4;

  private GzipEstimate() {}

  /** Estimates from a sample what all of these chunks would take; null if none can be read. */
  static DatasetInfo.Gzip of(DatasetChunks chunks, List<StoredChunk> stored, int count) {
    long bytes = 0;
    int read = 0;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment elements = arena.allocate(chunks.spec().denseBytes(), Long.BYTES);
      for (StoredChunk chunk : Sample.of(stored, count)) {
        try {
          chunks.readElements(chunk, elements);
          bytes += compressedBytes(elements, chunks.spec().elementSize());
          read++;
        } catch (CorruptBlobException | Hdf5Failure e) {
          // A damaged chunk is counted elsewhere; the others make the estimate.
        }
      }
    }
    return read == 0
        ? null
        : new DatasetInfo.Gzip(Math.round((double) bytes / read * stored.size()), read);
  }

  /** The bytes that elements take when they are shuffled and compressed. */
  static long compressedBytes(MemorySegment elements, int elementSize) {
    Deflater deflater = new Deflater(LEVEL);
    byte[] out = new byte[1 << 16];
    long bytes = 0;
    long count = elements.byteSize() / elementSize;
    byte[] plane = new byte[(int) Math.min(count, 1 << 20)];
    for (int b = 0; b < elementSize; b++) {
      for (long first = 0; first < count; first += plane.length) {
        int length = (int) Math.min(plane.length, count - first);
        for (int i = 0; i < length; i++) {
          plane[i] = elements.get(ValueLayout.JAVA_BYTE, (first + i) * elementSize + b);
        }
        deflater.setInput(plane, 0, length);
        while (!deflater.needsInput()) {
          bytes += deflater.deflate(out);
        }
      }
    }
    deflater.finish();
    while (!deflater.finished()) {
      bytes += deflater.deflate(out);
    }
    deflater.end();
    return bytes;
  }
}
