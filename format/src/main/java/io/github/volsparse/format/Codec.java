package io.github.volsparse.format;

/** What an encoder may do to the values of a blob. A decoder reads them all. */
public enum Codec {
  /** Values are stored as they are. */
  NONE,
  /** Values are compressed with LZ4, byte-shuffled first where that helps, if it pays. */
  LZ4
}
