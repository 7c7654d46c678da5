package io.github.volsparse.driver;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.github.volsparse.hdf5.SystemFunction;
import io.github.volsparse.hdf5.Text;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The files of Linux, by the functions of the C library. */
final class SystemDisks implements Disks {
  static final SystemDisks INSTANCE = new SystemDisks();

  private static final SystemFunction OPEN = new SystemFunction("open");
  private static final SystemFunction CLOSE = new SystemFunction("close");
  private static final SystemFunction PREAD = new SystemFunction("pread");
  private static final SystemFunction PWRITE = new SystemFunction("pwrite");
  private static final SystemFunction FTRUNCATE = new SystemFunction("ftruncate");
  private static final SystemFunction FSYNC = new SystemFunction("fsync");
  private static final SystemFunction LSEEK = new SystemFunction("lseek");
  private static final SystemFunction FCNTL = new SystemFunction("fcntl");
  private static final SystemFunction ACCESS = new SystemFunction("access");
  private static final SystemFunction UNLINK = new SystemFunction("unlink");
  private static final SystemFunction RENAME = new SystemFunction("rename");
  private static final SystemFunction READLINK = new SystemFunction("readlink");
  private static final SystemFunction REALPATH = new SystemFunction("realpath");
  private static final SystemFunction STRERROR = new SystemFunction("strerror");

  // Of Linux on x86-64 and AArch64.
  private static final int O_RDONLY = 0;
  private static final int O_RDWR = 2;
  private static final int O_CREAT = 0100;
  private static final int O_CLOEXEC = 02000000;
  private static final int MODE = 0666;
  private static final int SEEK_END = 2;
  private static final int F_OFD_SETLK = 37;
  private static final short F_WRLCK = 1;
  private static final int STRUCT_FLOCK = 32;
  private static final int PATH_MAX = 4096;

  /** The most that one call moves. */
  private static final long MAX_BYTES = 1L << 30;

  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int EIO = 5;
  static final int EAGAIN = 11;
  static final int EACCES = 13;
  static final int ENOTDIR = 20;
  static final int ENFILE = 23;
  static final int EMFILE = 24;
  static final int EROFS = 30;
  static final int ENAMETOOLONG = 36;

  private SystemDisks() {}

  private static DiskException failure(SystemFunction function, String path, long result) {
    int number = (int) ~result;
    String reason =
        Text.at(
            MemorySegment.ofAddress(STRERROR.call(number, 0, 0, 0)).reinterpret(Long.MAX_VALUE));
    return new DiskException(function.name() + " of " + path + ": " + reason, number);
  }

  /** Calls a function with a path, and maybe with another one. */
  private static long call(SystemFunction function, String path, String other, long b, long c) {
    try (Arena arena = Arena.ofConfined()) {
      long first = Text.allocate(arena, path).address();
      long second = other == null ? b : Text.allocate(arena, other).address();
      return function.call(first, second, c, 0);
    }
  }

  @Override
  public Disk open(String path, Mode mode) {
    int flags = mode == Mode.READ ? O_RDONLY : mode == Mode.WRITE ? O_RDWR : O_RDWR | O_CREAT;
    long result;
    do {
      result = call(OPEN, path, null, flags | O_CLOEXEC, MODE);
    } while (result == ~EINTR);
    if (result == ~ENOENT && mode != Mode.CREATE) {
      return null;
    }
    if (result < 0) {
      throw failure(OPEN, path, result);
    }
    return new SystemDisk((int) result, path);
  }

  /** A file that somebody else has opened and will close. */
  static Disk of(int descriptor, String path) {
    return new SystemDisk(descriptor, path) {
      @Override
      public void close() {}
    };
  }

  @Override
  public boolean exists(String path) {
    return call(ACCESS, path, null, 0, 0) == 0;
  }

  @Override
  public void remove(String path) {
    long result = call(UNLINK, path, null, 0, 0);
    if (result < 0 && result != ~ENOENT) {
      throw failure(UNLINK, path, result);
    }
  }

  @Override
  public void rename(String from, String to) {
    long result = call(RENAME, from, to, 0, 0);
    if (result < 0) {
      throw failure(RENAME, from, result);
    }
  }

  @Override
  public void syncFolder(String path) {
    int slash = path.lastIndexOf('/');
    String folder = slash < 0 ? "." : slash == 0 ? "/" : path.substring(0, slash);
    try (Disk disk = open(folder, Mode.READ)) {
      if (disk != null) {
        disk.sync();
      }
    }
  }

  @Override
  public String resolve(String path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment real = arena.allocate(PATH_MAX + 1);
      long result = call(REALPATH, path, null, real.address(), 0);
      return result == real.address() ? Text.at(real) : path;
    }
  }

  @Override
  public String pathOf(int descriptor) {
    String link = "/proc/self/fd/".concat(Integer.toString(descriptor));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(PATH_MAX + 1);
      long length = call(READLINK, link, null, target.address(), PATH_MAX);
      if (length <= 0) {
        return null;
      }
      String path = Text.at(target);
      return exists(path) ? path : null;
    }
  }

  /** An open file. */
  private static class SystemDisk implements Disk {
    private final int descriptor;
    private final String path;

    private SystemDisk(int descriptor, String path) {
      this.descriptor = descriptor;
      this.path = path;
    }

    @Override
    public int descriptor() {
      return descriptor;
    }

    @Override
    public long read(long position, MemorySegment into) {
      long done = 0;
      while (done < into.byteSize()) {
        long bytes = Math.min(MAX_BYTES, into.byteSize() - done);
        long result = PREAD.call(descriptor, into.address() + done, bytes, position + done);
        if (result == 0) {
          break;
        }
        if (result < 0 && result != ~EINTR) {
          throw failure(PREAD, path, result);
        }
        done += Math.max(0, result);
      }
      return done;
    }

    @Override
    public void write(long position, MemorySegment from) {
      long done = 0;
      while (done < from.byteSize()) {
        long bytes = Math.min(MAX_BYTES, from.byteSize() - done);
        long result = PWRITE.call(descriptor, from.address() + done, bytes, position + done);
        if (result == 0) {
          result = ~EIO;
        }
        if (result < 0 && result != ~EINTR) {
          throw failure(PWRITE, path, result);
        }
        done += Math.max(0, result);
      }
    }

    @Override
    public void truncate(long size) {
      long result;
      do {
        result = FTRUNCATE.call(descriptor, size, 0, 0);
      } while (result == ~EINTR);
      if (result < 0) {
        throw failure(FTRUNCATE, path, result);
      }
    }

    @Override
    public void sync() {
      long result;
      do {
        result = FSYNC.call(descriptor, 0, 0, 0);
      } while (result == ~EINTR);
      if (result < 0) {
        throw failure(FSYNC, path, result);
      }
    }

    @Override
    public long size() {
      long result = LSEEK.call(descriptor, 0, SEEK_END, 0);
      if (result < 0) {
        throw failure(LSEEK, path, result);
      }
      return result;
    }

    @Override
    public boolean lock() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment lock = arena.allocate(STRUCT_FLOCK, 8); // all of the file
        lock.set(JAVA_SHORT, 0, F_WRLCK);
        long result = FCNTL.call(descriptor, F_OFD_SETLK, lock.address(), 0);
        return result != ~EAGAIN && result != ~EACCES;
      }
    }

    @Override
    public void close() {
      CLOSE.call(descriptor, 0, 0, 0);
    }
  }
}
