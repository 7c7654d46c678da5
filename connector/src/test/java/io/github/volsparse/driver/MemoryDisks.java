package io.github.volsparse.driver;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** Files in memory; each call that changes one can be the last. */
final class MemoryDisks implements Disks {
  /** What ends the program. */
  static final class Death extends RuntimeException {
    private static final long serialVersionUID = 1;

    Death() {
      super(null, null, false, false);
    }
  }

  private final Map<String, byte[]> files = new HashMap<>();
  private int callsLeft = Integer.MAX_VALUE;

  /** Decides which writes fail; null for none. */
  private Random failing;

  /** Lets so many calls that change something be done, and ends the program at the next. */
  void dieAfter(int calls) {
    callsLeft = calls;
  }

  /** Lets writes fail from now on, about every third one. */
  void failWrites(Random random) {
    failing = random;
  }

  byte[] content(String path) {
    return files.get(path);
  }

  void put(String path, byte[] content) {
    files.put(path, content);
  }

  private void change() {
    if (callsLeft-- == 0) {
      throw new Death();
    }
  }

  @Override
  public Disk open(String path, Mode mode) {
    if (!files.containsKey(path)) {
      if (mode != Mode.CREATE) {
        return null;
      }
      change();
      files.put(path, new byte[0]);
    }
    return new MemoryDisk(path);
  }

  @Override
  public boolean exists(String path) {
    return files.containsKey(path);
  }

  @Override
  public void remove(String path) {
    change();
    files.remove(path);
  }

  @Override
  public void rename(String from, String to) {
    change();
    files.put(to, files.remove(from));
  }

  @Override
  public void syncFolder(String path) {}

  @Override
  public String resolve(String path) {
    return path;
  }

  @Override
  public String pathOf(int descriptor) {
    return null;
  }

  private final class MemoryDisk implements Disk {
    private final String path;

    private MemoryDisk(String path) {
      this.path = path;
    }

    @Override
    public long read(long position, MemorySegment into) {
      byte[] content = files.get(path);
      long bytes = Math.clamp(content.length - position, 0, into.byteSize());
      if (bytes > 0) {
        MemorySegment.copy(MemorySegment.ofArray(content), position, into, 0, bytes);
      }
      return bytes;
    }

    @Override
    public void write(long position, MemorySegment from) {
      change();
      if (failing != null && failing.nextInt(3) == 0) {
        throw new DiskException("no room", SystemDisks.EIO);
      }
      byte[] content = files.get(path);
      int end = (int) (position + from.byteSize());
      if (end > content.length) {
        content = Arrays.copyOf(content, end);
        files.put(path, content);
      }
      MemorySegment.copy(from, 0, MemorySegment.ofArray(content), position, from.byteSize());
    }

    @Override
    public void truncate(long size) {
      change();
      files.put(path, Arrays.copyOf(files.get(path), (int) size));
    }

    @Override
    public void sync() {}

    @Override
    public long size() {
      return files.get(path).length;
    }

    @Override
    public boolean lock() {
      return true;
    }

    @Override
    public int descriptor() {
      return -1;
    }

    @Override
    public void close() {}
  }
}
