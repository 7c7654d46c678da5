package io.github.volsparse.jhdf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.ning.compress.lzf.impl.VanillaChunkEncoder;
import io.github.volsparse.format.Binding;
import io.github.volsparse.format.BlobBuffer;
import io.github.volsparse.format.ChunkSpec;
import io.github.volsparse.format.ChunkSpec.Keep;
import io.github.volsparse.format.Codec;
import io.github.volsparse.format.SparseBlob;
import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import io.jhdf.api.DatasetCreationOptions;
import io.jhdf.exceptions.HdfFilterException;
import io.jhdf.filter.Filter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The filters as jHDF finds and calls them, on chunks of 1000 four-byte elements. The surefire
 * plugin runs this in a JVM that denies native code.
 */
class FiltersTest {

  private static final int ELEMENTS = 1000;
  private static final int SIZE = 4;
  private static final int DEFLATE = 1;
  private static final int SHUFFLE = 2;
  private static final int FLETCHER32 = 3;
  private static final int LZF = 32000;
  private static final int SPARSE = 33003;

  private static final Map<Integer, Filter> FILTERS =
      ServiceLoader.load(Filter.class).stream()
          .map(ServiceLoader.Provider::get)
          .collect(Collectors.toMap(Filter::getId, Function.identity()));

  /** The parameters with which HDF5 calls the filters of such a dataset. */
  private static final Map<Integer, int[]> PARAMETERS =
      Map.of(
          DEFLATE, new int[] {4},
          SHUFFLE, new int[] {SIZE},
          FLETCHER32, new int[0],
          LZF, new int[] {4, 0x105, ELEMENTS * SIZE},
          SPARSE, new int[] {1, 0, SIZE, 0});

  private static byte[] decode(int filter, byte[] data) {
    return FILTERS.get(filter).decode(data, PARAMETERS.get(filter));
  }

  private static byte[] thin() {
    byte[] elements = new byte[ELEMENTS * SIZE];
    for (int at = 0; at < 200; at++) {
      elements[at * SIZE] = (byte) (at / 50);
    }
    elements[3999] = 9;
    return elements;
  }

  private static byte[] noise() {
    byte[] elements = new byte[ELEMENTS * SIZE];
    new SplittableRandom(1).nextBytes(elements);
    return elements;
  }

  private static byte[] blob(byte[] elements) {
    BlobBuffer buffer = new BlobBuffer();
    ChunkSpec spec = new ChunkSpec(ELEMENTS, SIZE, new byte[SIZE], Keep.NONFILL);
    SparseBlob.encodeElements(spec, MemorySegment.ofArray(elements), Codec.LZ4, buffer);
    return buffer.blob().toArray(ValueLayout.JAVA_BYTE);
  }

  private static byte[] lzf(byte[] data) {
    byte[] chunk = new VanillaChunkEncoder(data.length).encodeChunk(data, 0, data.length).getData();
    // Without the header of that library's own files.
    return Arrays.copyOfRange(chunk, 7, chunk.length);
  }

  @Test
  void jhdfFindsTheFilters() {
    assertEquals(PARAMETERS.keySet(), FILTERS.keySet());
  }

  @Test
  void decodesWithoutNativeCode() {
    assertArrayEquals(thin(), decode(SPARSE, blob(thin())));
    assertArrayEquals(noise(), decode(SPARSE, blob(noise())));
  }

  @Test
  void chunksThatSkippedTheFiltersPassThem() {
    byte[] blob = blob(thin());
    byte[] damaged = blob.clone();
    damaged[blob.length - 1]++;
    for (int filter : new int[] {DEFLATE, SHUFFLE, FLETCHER32, LZF}) {
      assertSame(blob, decode(filter, blob));
      assertSame(damaged, decode(filter, damaged), "the sparse filter is to say what is wrong");
    }
    byte[] shuffled = FILTERS.get(SHUFFLE).encode(blob, PARAMETERS.get(SHUFFLE));
    assertSame(shuffled, decode(LZF, shuffled));
    assertSame(shuffled, decode(DEFLATE, shuffled));
  }

  @Test
  void chunksThatWentThroughAllFiltersComeBack() {
    byte[] zeros = new byte[ELEMENTS * SIZE];
    zeros[17] = 1;
    BlobBuffer buffer = new BlobBuffer();
    ChunkSpec spec = new ChunkSpec(ELEMENTS, SIZE, new byte[SIZE], Keep.NONFILL);
    SparseBlob.encodeDense(spec, Binding.NONE, MemorySegment.ofArray(zeros), buffer);
    byte[] blob = buffer.blob().toArray(ValueLayout.JAVA_BYTE);
    byte[] shuffled = FILTERS.get(SHUFFLE).encode(blob, PARAMETERS.get(SHUFFLE));
    byte[] deflated = FILTERS.get(DEFLATE).encode(shuffled, PARAMETERS.get(DEFLATE));
    assertArrayEquals(blob, decode(SHUFFLE, decode(DEFLATE, deflated)));
    byte[] lzf = lzf(shuffled);
    assertTrue(lzf.length < shuffled.length);
    assertArrayEquals(blob, decode(SHUFFLE, decode(LZF, lzf)));
    assertArrayEquals(zeros, decode(SPARSE, blob));
  }

  @Test
  void otherChunksAreWhatJhdfMakesOfThem() {
    byte[] elements = thin();
    byte[] shuffled = FILTERS.get(SHUFFLE).encode(elements, PARAMETERS.get(SHUFFLE));
    assertArrayEquals(elements, decode(SHUFFLE, shuffled));
    assertArrayEquals(elements, decode(LZF, lzf(elements)));
    byte[] noise = noise();
    assertSame(noise, decode(LZF, noise), "as many bytes as the elements have: not compressed");
  }

  /** The checksums are HDF5's own. */
  @Test
  void aRightFletcherChecksumGoes() {
    byte[] even = {1, 2, 3, 4, 6, 4, 8, 5};
    assertArrayEquals(new byte[] {1, 2, 3, 4}, decode(FLETCHER32, even));
    even[0]++;
    assertArrayEquals(even, decode(FLETCHER32, even));
    byte[] odd = {-1, -1, -1, -1, -1, -1, -1, 7, 7, 8, 6, 16, 5};
    assertArrayEquals(Arrays.copyOf(odd, 9), decode(FLETCHER32, odd));
  }

  @Test
  void whatJhdfWritesItReads(@TempDir Path folder) throws IOException {
    long[][] counts = new long[40][33];
    counts[7][30] = 5;
    counts[39][32] = -1;
    for (int row = 10; row < 20; row++) {
      Arrays.setAll(counts[row], column -> column * 1_000_003L);
    }
    Path path = folder.resolve("counts.h5");
    try (WritableHdfFile file = HdfFile.write(path)) {
      file.putDataset(
          "counts",
          counts,
          DatasetCreationOptions.builder()
              .chunkDimensions(10, 10)
              .filter(new SparseChunkFilter(), SparseChunkFilter.parameters(Long.BYTES))
              .build());
    }
    assertTrue(Files.size(path) < 40 * 33 * Long.BYTES / 2);
    try (HdfFile file = new HdfFile(path)) {
      assertArrayEquals(counts, (long[][]) file.getDatasetByPath("counts").getData());
    }
  }

  @Test
  void parametersOfAnotherTypeAreAnError() {
    SparseChunkFilter filter = new SparseChunkFilter();
    int[] parameters = SparseChunkFilter.parameters(SIZE);
    assertArrayEquals(PARAMETERS.get(SPARSE), parameters);
    assertThrows(HdfFilterException.class, () -> filter.encode(new byte[10], parameters));
    assertThrows(HdfFilterException.class, () -> filter.encode(new byte[8], new int[] {2, 0}));
  }

  @Test
  void damageIsAnErrorThatSaysSo() {
    byte[] blob = blob(thin());
    blob[60] ^= 1;
    HdfFilterException e = assertThrows(HdfFilterException.class, () -> decode(SPARSE, blob));
    assertTrue(e.getMessage().startsWith("sparse filter: the blob is damaged"), e.getMessage());
    byte[] none = new byte[ELEMENTS * SIZE];
    e = assertThrows(HdfFilterException.class, () -> decode(SPARSE, none));
    assertTrue(e.getMessage().startsWith("sparse filter: not a sparse chunk"), e.getMessage());
  }
}
