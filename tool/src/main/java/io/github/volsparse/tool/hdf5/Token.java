package io.github.volsparse.tool.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.ObjectInfo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Which object of a file ({@code H5O_token_t}), in two words: equal for all identifiers and links
 * of one object.
 */
public record Token(long word0, long word1) {
  private static final int INFO_BASIC = 1;

  /** Bytes of a token. */
  static final int BYTES = 16;

  /** Reads a token. */
  static Token at(MemorySegment memory, long offset) {
    return new Token(
        memory.get(JAVA_LONG.withByteAlignment(1), offset),
        memory.get(JAVA_LONG.withByteAlignment(1), offset + JAVA_LONG.byteSize()));
  }

  /** The token of an open object. */
  public static Token of(Id object) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = ObjectInfo.allocate(arena);
      H5.status("H5Oget_info3", object.value(), info.address(), INFO_BASIC);
      return new Token(ObjectInfo.tokenWord(info, 0), ObjectInfo.tokenWord(info, 1));
    }
  }

  /** Opens the object in its file. A token is a struct that is passed as two words. */
  public Id open(Id file) {
    return H5.id("H5Oopen_by_token", file.value(), word0, word1);
  }
}
