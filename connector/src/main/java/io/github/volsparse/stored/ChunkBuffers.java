package io.github.volsparse.stored;

import io.github.volsparse.format.BlobBuffer;

/** Buffers for reading and writing chunks; all datasets of a library share them. */
public final class ChunkBuffers {
  /** A buffer of no more than this is kept when no dataset is open any more. */
  private static final long KEPT_BYTES = 4 << 20;

  private final BlobBuffer read = BlobBuffer.ofOwner();
  private final BlobBuffer blob = BlobBuffer.ofOwner();
  private final BlobBuffer elements = BlobBuffer.ofOwner();
  private final BlobBuffer filtered = BlobBuffer.ofOwner();
  private final BlobBuffer undone = BlobBuffer.ofOwner();
  private final BlobBuffer undoneOther = BlobBuffer.ofOwner();
  private final BlobBuffer blobOfEmpty = BlobBuffer.ofOwner();

  /** For the blob that was read. */
  public BlobBuffer read() {
    return read;
  }

  /** For the blob that is to be stored. */
  public BlobBuffer blob() {
    return blob;
  }

  /** For all elements of a chunk. */
  BlobBuffer elements() {
    return elements;
  }

  /** For what comes out of the program's filters. */
  BlobBuffer filtered() {
    return filtered;
  }

  /** For a blob that was read, once the program's filters are undone. */
  BlobBuffer undone() {
    return undone;
  }

  /** The same, where there are two filters. */
  BlobBuffer undoneOther() {
    return undoneOther;
  }

  /** For a blob in which nothing is defined. */
  BlobBuffer blobOfEmpty() {
    return blobOfEmpty;
  }

  /** Gives back what is large, for no dataset is open any more. */
  public void shrink() {
    giveBackAbove(KEPT_BYTES);
  }

  /** Gives back all memory. */
  public void giveBack() {
    giveBackAbove(0);
  }

  private void giveBackAbove(long kept) {
    for (BlobBuffer buffer :
        new BlobBuffer[] {read, blob, elements, filtered, undone, undoneOther, blobOfEmpty}) {
      if (buffer.memoryBytes() > kept) {
        buffer.giveBack();
      }
    }
    BlobBuffer.freeUnused();
  }
}
