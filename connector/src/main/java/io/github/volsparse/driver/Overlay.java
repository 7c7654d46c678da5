package io.github.volsparse.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Bytes that lie over those of a file until they are put into it.
 *
 * <p>Each has a position in the journal. The positions after the header stand for memory, as long
 * as the journal is not written; there are small pieces. Beyond these, bytes are written into the
 * journal as they come. What is held already is overwritten where it is, so the journal is no
 * longer than what it lies over, and a little more.
 *
 * <p>The class is long because what is in memory and what is in the journal are read and written by
 * the same calls.
 */
final class Overlay implements AutoCloseable {
  /** The most that is held in memory. */
  static final int MAX_MEMORY_BYTES = 4 << 20;

  /** The most that all take. */
  private static final long MAX_MEMORY_OF_ALL = 8 << 20;

  private static long memoryOfAll;

  private static final int FIRST_MEMORY_BYTES = 1 << 15;

  /** A larger piece goes into the journal at once. */
  private static final int MAX_SMALL_BYTES = 1 << 16;

  /** Not a position. */
  private static final long NOWHERE = -2;

  /** Where positions in memory begin, and where those begin that are in the journal's file. */
  static final long MEMORY_FROM = Journal.HEADER_BYTES;

  static final long FILE_FROM = MEMORY_FROM + MAX_MEMORY_BYTES;

  /** Bytes in a row. The position is -1 for zeros. */
  static final class Piece {
    private final long address;
    private long size;
    private final long position;

    private Piece(long address, long size, long position) {
      this.address = address;
      this.size = size;
      this.position = position;
    }

    long address() {
      return address;
    }

    long size() {
      return size;
    }

    long position() {
      return position;
    }

    private long end() {
      return address + size;
    }

    /** The position of one of its bytes; -1 for zeros. */
    private long at(long of) {
      return position < 0 ? -1 : position + (of - address);
    }
  }

  private final TreeMap<Long, Piece> pieces = new TreeMap<>();

  /** The piece with the highest addresses; null if it has to be looked for. */
  private Piece last;

  /** Makes the journal when it is first needed. */
  private final Supplier<Disk> journals;

  private Disk journal;
  private long journalEnd = FILE_FROM;
  private Arena arena;
  private MemorySegment memory = MemorySegment.NULL;
  private long memoryUsed;
  private boolean hasZeros;

  /**
   * Nothing lies over the file.
   *
   * @param journals opens the journal for bytes that do not fit into memory; may throw
   */
  Overlay(Supplier<Disk> journals) {
    this.journals = journals;
  }

  boolean isEmpty() {
    return pieces.isEmpty();
  }

  /** The first address that is held; there is one. */
  long from() {
    return pieces.firstKey();
  }

  /** The address after the last one that is held; there is one. */
  long to() {
    return last().end();
  }

  /** The first address of what is held last in the file; there is one. */
  long lastFrom() {
    return last().address;
  }

  private Piece last() {
    if (last == null) {
      last = pieces.lastEntry().getValue();
    }
    return last;
  }

  /** Whether an address is after all that is held. HDF5 writes metadata in ascending order. */
  private boolean isBeyond(long address) {
    return pieces.isEmpty() || address >= last().end();
  }

  /** What is held, by address. */
  Collection<Piece> pieces() {
    return pieces.values();
  }

  /** What is held in memory, from {@link #MEMORY_FROM} on; all of the memory there is. */
  MemorySegment memory() {
    return memory;
  }

  /** How many bytes of the memory are in use. */
  long memoryUsed() {
    return memoryUsed;
  }

  /** Where the journal's bytes of the file end. */
  long journalEnd() {
    return journalEnd;
  }

  /** The journal; null if there is none yet. */
  Disk journal() {
    return journal;
  }

  /** Takes the journal, or opens it now. */
  Disk openJournal() {
    if (journal == null) {
      journal = journals.get();
    }
    return journal;
  }

  /**
   * Holds bytes.
   *
   * <p>If it fails, what was held in their place is held still, but for what lies at their
   * addresses already: that may be old or new.
   *
   * @param from native memory
   */
  void put(long address, MemorySegment from) {
    long end = address + from.byteSize();
    if (isBeyond(address) || overlapping(address, end) == null) {
      add(address, from);
      return;
    }
    List<Part> held = new ArrayList<>();
    for (Piece piece = overlapping(address, end); piece != null; piece = next(piece, end)) {
      if (piece.position >= 0) {
        long begin = Math.max(address, piece.address);
        held.add(new Part(begin, Math.min(end, piece.end()), piece.at(begin)));
      }
    }
    // What is new comes first: it may fail for want of space, and has changed nothing then.
    long at = address;
    for (Part part : held) {
      add(at, from.asSlice(at - address, part.from - at));
      at = part.to;
    }
    add(at, from.asSlice(at - address, end - at));
    for (Part part : held) {
      overwrite(part, from.asSlice(part.from - address, part.to - part.from));
    }
  }

  /** Bytes of a piece, between two addresses. */
  private record Part(long from, long to, long position) {}

  /** The first piece that has bytes between two addresses; null if none has. */
  private Piece overlapping(long address, long end) {
    Map.Entry<Long, Piece> before = pieces.floorEntry(address);
    if (before != null && before.getValue().end() > address) {
      return before.getValue();
    }
    Map.Entry<Long, Piece> after = pieces.ceilingEntry(address);
    return after != null && after.getKey() < end ? after.getValue() : null;
  }

  /** The piece after this one, if it begins before an address. */
  private Piece next(Piece piece, long end) {
    Map.Entry<Long, Piece> after = pieces.higherEntry(piece.address);
    return after != null && after.getKey() < end ? after.getValue() : null;
  }

  /** Holds bytes where nothing is held but zeros. */
  private void add(long address, MemorySegment from) {
    long size = from.byteSize();
    if (size == 0) {
      return;
    }
    long position = size <= MAX_SMALL_BYTES ? remember(from) : NOWHERE;
    if (position == NOWHERE) {
      position = append(from);
    }
    if (hasZeros) {
      drop(address, address + size);
    }
    boolean isLast = isBeyond(address);
    Piece before = isLast ? last : before(address);
    if (before != null && joins(before, address, position)) {
      before.size += size;
      return;
    }
    Piece added = new Piece(address, size, position);
    pieces.put(address, added);
    if (isLast) {
      last = added;
    }
  }

  /** The last piece that begins before an address; null if there is none. */
  private Piece before(long address) {
    Map.Entry<Long, Piece> before = pieces.lowerEntry(address);
    return before == null ? null : before.getValue();
  }

  /** Copies bytes to memory; returns their position, or {@link #NOWHERE} if there is no room. */
  private long remember(MemorySegment from) {
    if (!hasMemory(from.byteSize())) {
      return NOWHERE;
    }
    long position = MEMORY_FROM + memoryUsed;
    MemorySegment.copy(from, 0, memory, memoryUsed, from.byteSize());
    memoryUsed += from.byteSize();
    return position;
  }

  /**
   * Writes bytes to the end of the journal, or, if that fails, to memory; returns their position.
   */
  private long append(MemorySegment from) {
    try {
      openJournal().write(journalEnd, from);
    } catch (DiskException e) {
      long position = remember(from);
      if (position == NOWHERE) {
        throw e;
      }
      return position;
    }
    long position = journalEnd;
    journalEnd += from.byteSize();
    return position;
  }

  private static boolean joins(Piece before, long address, long position) {
    return before.end() == address
        && before.position >= 0
        && before.position + before.size == position
        && before.position >= FILE_FROM == position >= FILE_FROM;
  }

  /** Makes room for so many bytes more in memory, if there may be any. */
  private boolean hasMemory(long size) {
    long needed = memoryUsed + size;
    if (needed > MAX_MEMORY_BYTES) {
      return false;
    }
    if (needed > memory.byteSize()) {
      long bytes = Math.max(FIRST_MEMORY_BYTES, memory.byteSize());
      while (bytes < needed) {
        bytes <<= 1;
      }
      if (memoryOfAll + bytes - memory.byteSize() > MAX_MEMORY_OF_ALL) {
        return false;
      }
      memoryOfAll += bytes - memory.byteSize();
      Arena larger = Arena.ofShared();
      MemorySegment more = larger.allocate(bytes, 8);
      MemorySegment.copy(memory, 0, more, 0, memoryUsed);
      if (arena != null) {
        arena.close();
      }
      arena = larger;
      memory = more;
    }
    return true;
  }

  private void overwrite(Part part, MemorySegment from) {
    if (part.position < FILE_FROM) {
      MemorySegment.copy(from, 0, memory, part.position - MEMORY_FROM, from.byteSize());
      return;
    }
    try {
      openJournal().write(part.position, from);
    } catch (DiskException e) {
      long position = remember(from);
      if (position == NOWHERE) {
        throw e;
      }
      drop(part.from, part.to);
      last = null;
      pieces.put(part.from, new Piece(part.from, from.byteSize(), position));
    }
  }

  /** Holds zeros. */
  void zero(long address, long end) {
    drop(address, end);
    if (address < end) {
      last = null;
      pieces.put(address, new Piece(address, end - address, -1));
      hasZeros = true;
    }
  }

  /** Holds nothing between two addresses. */
  void drop(long address, long end) {
    Piece piece = overlapping(address, end);
    while (piece != null) {
      cut(piece, address, end);
      piece = next(piece, end);
    }
  }

  /** Takes out of a piece what lies between two addresses. */
  private void cut(Piece piece, long address, long end) {
    long to = piece.end();
    last = null;
    if (piece.address < address) {
      piece.size = address - piece.address;
    } else {
      pieces.remove(piece.address);
    }
    if (to > end) {
      pieces.put(end, new Piece(end, to - end, piece.at(end)));
    }
  }

  /**
   * Puts what is held over bytes of the file.
   *
   * @param into what was read at the address
   */
  void read(long address, MemorySegment into) {
    long end = address + into.byteSize();
    for (Piece piece = overlapping(address, end); piece != null; piece = next(piece, end)) {
      long begin = Math.max(address, piece.address);
      MemorySegment part = into.asSlice(begin - address, Math.min(end, piece.end()) - begin);
      read(piece, begin - piece.address, part);
    }
  }

  /** Reads bytes of a piece, from so many bytes in it on. */
  void read(Piece piece, long offset, MemorySegment into) {
    long position = piece.position + offset;
    if (piece.position < 0) {
      into.fill((byte) 0);
    } else if (position < FILE_FROM) {
      MemorySegment.copy(memory, position - MEMORY_FROM, into, 0, into.byteSize());
    } else if (openJournal().read(position, into) < into.byteSize()) {
      throw new DiskException("the journal is shorter than it was", SystemDisks.EIO);
    }
  }

  /** Holds nothing any more. The journal belongs to the caller; null if there is none. */
  Disk clear() {
    Disk used = journal;
    pieces.clear();
    last = null;
    hasZeros = false;
    memoryUsed = 0;
    journalEnd = FILE_FROM;
    journal = null;
    return used;
  }

  /** Gives all memory back. */
  @Override
  public void close() {
    Disk used = clear();
    if (used != null) {
      used.close();
    }
    if (arena != null) {
      memoryOfAll -= memory.byteSize();
      arena.close();
      arena = null;
      memory = MemorySegment.NULL;
    }
  }
}
