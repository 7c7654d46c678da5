package io.github.volsparse.tool.hdf5;

import static io.github.volsparse.tool.hdf5.H5.check;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.github.volsparse.hdf5.generated.H5O_info2_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Which object of a file ({@code H5O_token_t}), in two words: equal for all identifiers and links
 * of one object.
 */
public record Token(long word0, long word1) {
  /** Reads a token. */
  static Token at(MemorySegment token) {
    return new Token(
        token.get(JAVA_LONG_UNALIGNED, 0), token.get(JAVA_LONG_UNALIGNED, JAVA_LONG.byteSize()));
  }

  /** The token of an open object. */
  public static Token of(Id object) {
    try (Arena arena = Arena.ofConfined()) {
      return at(H5O_info2_t.token(info(object, arena)));
    }
  }

  /** The number of the file that an open object is in. */
  public static long fileNumber(Id object) {
    try (Arena arena = Arena.ofConfined()) {
      return H5O_info2_t.fileno(info(object, arena));
    }
  }

  private static MemorySegment info(Id object, Arena arena) {
    MemorySegment info = H5O_info2_t.allocate(arena);
    check("H5Oget_info3", hdf5_h.H5Oget_info3(object.value(), info, hdf5_h.H5O_INFO_BASIC));
    return info;
  }

  /** Opens the object in its file. */
  public Id open(Id file) {
    return Id.of("H5Oopen_by_token", hdf5_h.H5Oopen_by_token(file.value(), word0, word1));
  }
}
