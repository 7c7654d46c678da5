package io.github.volsparse.tool.convert;

import static io.github.volsparse.tool.hdf5.H5.check;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.H5F_info2_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.hdf5.Id;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The properties of a file apart from its objects, for its copy: its creation properties and its
 * user block.
 */
final class FileProperties {
  /** From this version on a superblock is one of files that are written while others read. */
  private static final int SUPERBLOCK_OF_V110 = 3;

  private static final int SUPERBLOCK_OF_V18 = 2;

  private FileProperties() {}

  /** The source's properties, with those of its root group. */
  static Id creation(H5File source) {
    Id creation = Id.of("H5Fget_create_plist", hdf5_h.H5Fget_create_plist(source.id().value()));
    try (Id root = source.group("/")) {
      GroupProperties.copy(root, creation);
    }
    return creation;
  }

  /** Native access that writes the format of the source, as far as its superblock tells. */
  static Id access(H5File source) {
    Id access = H5File.nativeAccess();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = H5F_info2_t.allocate(arena);
      check("H5Fget_info2", hdf5_h.H5Fget_info2(source.id().value(), info));
      int superblock = H5F_info2_t.super_.version(H5F_info2_t.super_(info));
      MemorySegment low = arena.allocate(JAVA_INT);
      MemorySegment high = arena.allocate(JAVA_INT);
      check(
          "H5Pget_libver_bounds",
          hdf5_h.H5Pget_libver_bounds(access.value(), low.address(), high.address()));
      int oldest =
          superblock >= SUPERBLOCK_OF_V110
              ? hdf5_h.H5F_LIBVER_V110
              : superblock >= SUPERBLOCK_OF_V18
                  ? hdf5_h.H5F_LIBVER_V18
                  : hdf5_h.H5F_LIBVER_EARLIEST;
      check(
          "H5Pset_libver_bounds",
          hdf5_h.H5Pset_libver_bounds(access.value(), oldest, high.get(JAVA_INT, 0)));
    }
    return access;
  }

  /** The bytes in front of the file's own content. */
  static long userBlock(Id creation) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(JAVA_LONG);
      check("H5Pget_userblock", hdf5_h.H5Pget_userblock(creation.value(), bytes.address()));
      return bytes.get(JAVA_LONG, 0);
    }
  }

  /**
   * Copies the user block, which precedes the content of HDF5.
   *
   * @param bytes its length
   */
  static void copyUserBlock(Path source, Path copy, long bytes) throws IOException {
    try (FileChannel from = FileChannel.open(source, StandardOpenOption.READ);
        FileChannel to = FileChannel.open(copy, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
      for (long at = 0; at < bytes; at += buffer.limit()) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), bytes - at));
        while (buffer.hasRemaining() && from.read(buffer, at + buffer.position()) >= 0) {
          // reads on
        }
        buffer.flip();
        while (buffer.hasRemaining()) {
          to.write(buffer, at + buffer.position());
        }
      }
    }
  }
}
