package io.github.volsparse.stored;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.github.volsparse.format.CorruptBlobException;
import io.github.volsparse.hdf5.Hdf5Exception;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * In place of a file and HDF5: an index of chunks in memory, with those faults of HDF5's that the
 * connector works around.
 *
 * <ul>
 *   <li>A direct write leaves the chunk as the one last looked up, with the filter mask from
 *       before.
 *   <li>The index does not note a new filter mask when the size stays the same.
 *   <li>A write that fails leaves the chunk as the one last looked up, at a place that the index
 *       does not have; the former place is given to others.
 *   <li>What is looked up in the native chunk cache is not looked up in the index. What was written
 *       there only is not in the file.
 * </ul>
 *
 * <p>A program's filter turns every bit of the elements around. It works on elements, not on blobs;
 * so does the connector below, which knows none.
 */
public final class ChunksInMemory implements ChunkIO {
  /** A chunk in the file; the index has it, or it is lost. */
  private static final class Place {
    private byte[] bytes;
    private int mask;

    Place(byte[] bytes, int mask) {
      this.bytes = bytes;
      this.mask = mask;
    }
  }

  /** What HDF5 remembers of the chunk last looked up. */
  private record LastLookUp(List<Long> offset, Place place, int mask) {}

  private final Map<List<Long>, Place> index = new TreeMap<>(Comparator.comparing(List::toString));
  private final Map<List<Long>, byte[]> nativeCache = new LinkedHashMap<>();
  private final Arena arena = Arena.ofAuto();

  /** Holds what was read last. */
  private final MemorySegment readBuffer = arena.allocate(1 << 16, 8);

  private LastLookUp last;

  /** What was done, in order: the verb, and the offset of the chunk. */
  public final List<String> calls = new ArrayList<>();

  /** How many of the next writes fail. */
  int failures;

  /** Offsets, in words, at which every write fails. */
  public final Set<String> failuresAt = new HashSet<>();

  /** A size that the index tells of every chunk in place of the right one; 0 for the right one. */
  public long claimedBytes;

  /** How many of the next reads find a blob that is not in order. */
  int damagedReads;

  /** The chunks that the index lists in place of the right ones; null for the right ones. */
  List<long[]> wrongList;

  /** How many chunks have been looked up by their size. */
  int lookUps;

  /** How many chunks have been read or written. */
  public long transfers;

  public ChunksInMemory() {
    StandIn.begin();
  }

  private static List<Long> key(long[] offset) {
    return Arrays.stream(offset).boxed().toList();
  }

  private LastLookUp lookUp(long[] offset) {
    List<Long> key = key(offset);
    if (last == null || !last.offset.equals(key)) {
      if (nativeCache.containsKey(key)) {
        Place place = index.get(key);
        return new LastLookUp(key, place, place == null ? 0 : place.mask);
      }
      Place place = index.get(key);
      last = new LastLookUp(key, place, place == null ? 0 : place.mask);
    }
    return last;
  }

  @Override
  public long storedBytes(long[] offset) {
    lookUps++;
    Place place = lookUp(offset).place;
    return place == null ? 0 : claimedBytes > 0 ? claimedBytes : place.bytes.length;
  }

  @Override
  public RawChunk read(long[] offset, long most, FilterMasks masks) {
    calls.add("read " + Arrays.toString(offset));
    LastLookUp found = lookUp(offset);
    if (found.place == null) {
      return null;
    }
    if (claimedBytes > most && masks.isBlob(found.mask)) {
      throw new CorruptBlobException("no blob has %d bytes".formatted(claimedBytes));
    }
    transfers++;
    nativeCache.remove(key(offset));
    MemorySegment bytes = readBuffer.fill((byte) 0xAA).asSlice(0, found.place.bytes.length);
    bytes.copyFrom(MemorySegment.ofArray(found.place.bytes));
    if (damagedReads > 0) {
      damagedReads--;
      bytes.set(JAVA_BYTE, 5, (byte) (bytes.get(JAVA_BYTE, 5) + 1));
    }
    return new RawChunk(bytes, found.mask);
  }

  private MemorySegment nativeCopy(byte[] bytes) {
    MemorySegment copy = arena.allocate(Math.max(1, bytes.length), 8).asSlice(0, bytes.length);
    return copy.copyFrom(MemorySegment.ofArray(bytes));
  }

  @Override
  public void write(long[] offset, MemorySegment bytes, int filterMask) {
    calls.add("write " + Arrays.toString(offset));
    transfers++;
    LastLookUp before = lookUp(offset);
    List<Long> key = key(offset);
    byte[] content = bytes.toArray(JAVA_BYTE);
    boolean isSameSize = before.place != null && before.place.bytes.length == content.length;
    if (failures > 0 || failuresAt.contains(Arrays.toString(offset))) {
      failures--;
      if (before.place != null) {
        Arrays.fill(before.place.bytes, (byte) 0xEE); // which others have now
      }
      last = new LastLookUp(key, new Place(new byte[content.length], filterMask), before.mask);
      throw new Hdf5Exception("H5VLdataset_optional");
    }
    if (isSameSize) {
      before.place.bytes = content; // in the index or not
    } else {
      index.put(key, new Place(content, filterMask));
    }
    last = new LastLookUp(key, isSameSize ? before.place : index.get(key), before.mask);
    nativeCache.remove(key);
  }

  @Override
  public void evict(long[] offset, long most, FilterMasks masks) {
    calls.add("evict " + Arrays.toString(offset));
    nativeCache.remove(key(offset));
  }

  @Override
  public boolean isCollective() {
    return false;
  }

  @Override
  public void flush() {
    calls.add("flush");
    nativeCache.forEach((key, bytes) -> index.put(key, new Place(bytes, 0)));
  }

  @Override
  public List<ChunkInfo> list() {
    if (wrongList != null) {
      return wrongList.stream().map(offset -> new ChunkInfo(offset, 0, 4096, 100)).toList();
    }
    List<ChunkInfo> list = new ArrayList<>();
    index.forEach(
        (key, place) ->
            list.add(
                new ChunkInfo(
                    key.stream().mapToLong(Long::longValue).toArray(),
                    place.mask,
                    4096,
                    place.bytes.length)));
    return list;
  }

  @Override
  public long storageSize() {
    calls.add("ask for the storage size");
    return index.values().stream().mapToLong(place -> place.bytes.length).sum();
  }

  @Override
  public boolean keepsMasksWithoutFilters() {
    return false;
  }

  @Override
  public void readThroughFilters(long[] offset, MemorySegment elements) {
    calls.add("read natively " + Arrays.toString(offset));
    nativeCache.put(key(offset), index.get(key(offset)).bytes);
    decode(nativeCopy(index.get(key(offset)).bytes), index.get(key(offset)).mask, elements);
  }

  @Override
  public RawChunk encode(MemorySegment elements) {
    return new RawChunk(turned(elements), 0);
  }

  @Override
  public RawChunk encodeForProgram(MemorySegment elements) {
    return encode(elements);
  }

  @Override
  public void decode(MemorySegment bytes, int filterMask, MemorySegment elements) {
    boolean isSkipped = (filterMask & 2) != 0;
    if (bytes.byteSize() != elements.byteSize()) {
      throw new Hdf5Exception("H5Dread");
    }
    elements.copyFrom(isSkipped ? bytes : turned(bytes));
  }

  private MemorySegment turned(MemorySegment elements) {
    byte[] bytes = elements.toArray(JAVA_BYTE);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) ~bytes[i];
    }
    return nativeCopy(bytes);
  }

  @Override
  public String name() {
    return "dataset \"/x\" in file \"y.h5\"";
  }

  // ---- what others do with the file

  /** The native connector writes a chunk, which stays in its cache. */
  void writeNatively(long[] offset, MemorySegment elements) {
    nativeCache.put(key(offset), turned(elements).toArray(JAVA_BYTE));
    last = null;
  }

  /** A program without the connector rewrites a chunk: all filters work, the mask stays. */
  void rewriteThroughFilters(long[] offset, MemorySegment elements) {
    index.get(key(offset)).bytes = turned(elements).toArray(JAVA_BYTE);
  }

  /** A cut removes a chunk. */
  void remove(long... offset) {
    index.remove(key(offset));
    last = null;
  }

  /** What the index has of a chunk; null if it has none. */
  byte[] bytes(long... offset) {
    Place place = index.get(key(offset));
    return place == null ? null : place.bytes;
  }

  /** The mask that the index has of a chunk. */
  int mask(long... offset) {
    return index.get(key(offset)).mask;
  }

  /** Whether the native chunk cache has a chunk. */
  boolean isCachedNatively(long... offset) {
    return nativeCache.containsKey(key(offset));
  }

  /** Damages the stored bytes of a chunk. */
  void damage(long... offset) {
    byte[] bytes = bytes(offset);
    bytes[bytes.length / 2] ^= 0x10;
  }

  /** How many calls of a kind there were. */
  public long count(String verb) {
    return calls.stream().filter(call -> call.startsWith(verb)).count();
  }
}
