package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/**
 * Where a blob belongs: to a dataset, by the dataset's identity, and to a chunk of it, by the
 * chunk's scaled coordinates.
 *
 * <p>A writer puts a tag of both into the blob; a reader refuses a blob with another tag. A chunk
 * index that was damaged or half written may lead to an intact blob of another chunk: its checksum
 * is right, and only the tag shows it.
 *
 * <p>A filter of HDF5 does not know the chunk. It binds to the dataset only, and of a blob that is
 * bound to a chunk it can only check that it is bound. Immutable.
 */
public final class Binding {
  /** Datasets without an identity, whose blobs are not bound: those of format version 1. */
  public static final Binding NONE = new Binding(0, null, false);

  /** For readers that take any blob, wherever it belongs. They cannot encode with it. */
  public static final Binding ANY = new Binding(0, null, false);

  private final long identity;
  private final long[] scaled;
  private final boolean isBound;

  private Binding(long identity, long[] scaled, boolean isBound) {
    this.identity = identity;
    this.scaled = scaled;
    this.isBound = isBound;
  }

  /** Binds to a dataset. */
  public static Binding toDataset(long identity) {
    return new Binding(identity, null, true);
  }

  /**
   * Binds to a chunk of this dataset; returns this if it is not bound to a dataset.
   *
   * @param scaled the coordinates of the chunk: those of its first element, divided by the chunk
   *     shape
   */
  public Binding toChunk(long[] scaled) {
    return isBound ? new Binding(identity, scaled.clone(), true) : this;
  }

  /** Whether blobs are bound. */
  boolean isBound() {
    return isBound;
  }

  /** Whether they are bound to a chunk. */
  boolean isToChunk() {
    return scaled != null;
  }

  /** The tag of a blob that is bound here. */
  int tag() {
    return tag(isToChunk());
  }

  private int tag(boolean withChunk) {
    byte[] words = new byte[Long.BYTES * (withChunk ? 1 + scaled.length : 1)];
    MemorySegment memory = MemorySegment.ofArray(words);
    memory.set(Elements.LONG, 0, identity);
    for (int d = 1; d < words.length / Long.BYTES; d++) {
      memory.set(Elements.LONG, (long) d * Long.BYTES, scaled[d - 1]);
    }
    CRC32C crc = new CRC32C();
    crc.update(words);
    return (int) crc.getValue();
  }

  /**
   * Checks that a blob belongs here.
   *
   * @throws CorruptBlobException if it does not
   */
  public void require(BlobHeader header) {
    if (this == ANY) {
      return;
    }
    if (isBound != header.isBound()) {
      throw new CorruptBlobException(
          isBound
              ? "the blob is not bound to a dataset, but the blobs of this dataset are: it"
                  + " belongs to a dataset of format version 1"
              : "the blob is bound to a dataset, but the blobs of this dataset are not: it"
                  + " belongs to another dataset");
    }
    if (header.isToChunk() && !isToChunk()) {
      return; // only a reader that knows the chunk can check this
    }
    if (isBound && header.tag() != tag(header.isToChunk())) {
      throw new CorruptBlobException(
          "the blob is intact but belongs to %s: its tag is 0x%08x, not 0x%08x"
              .formatted(
                  header.isToChunk() ? "another chunk or another dataset" : "another dataset",
                  header.tag(),
                  tag(header.isToChunk())));
    }
  }
}
