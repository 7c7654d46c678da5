package io.github.volsparse.tool.command;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.github.volsparse.format.BlobHeader;
import io.github.volsparse.format.CorruptBlobException;
import io.github.volsparse.format.SparseBlob;
import io.github.volsparse.tool.chunks.BlobFields;
import io.github.volsparse.tool.chunks.DatasetChunks;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.hdf5.StoredChunk;
import io.github.volsparse.tool.hdf5.ValueText;
import io.github.volsparse.tool.text.Hex;
import io.github.volsparse.tool.text.Numbers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the bytes of a chunk and what they mean. */
@Command(
    name = "dump-chunk",
    mixinStandardHelpOptions = true,
    header = "Shows how a sparse chunk is stored, field by field.",
    description = {
      "",
      "Shows how a sparse chunk is stored: the fields of its header, its sections, the runs of"
          + " defined elements and their values. docs/format.md says what they mean.",
      ""
    })
final class DumpChunkCommand implements Callable<Integer> {
  /** Elements one after another in a chunk, from a position on. */
  private record Run(long start, long length) {}

  @Mixin private Hdf5Option hdf5;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Option(
      names = {"-n", "--runs"},
      paramLabel = "RUNS",
      defaultValue = "10",
      description = "How many runs and values to show. Default: ${DEFAULT-VALUE}.")
  private int shown;

  @Option(
      names = "--blob",
      paramLabel = "OUT",
      description = "Also write the chunk's blob into a file of its own.")
  private Path blobFile;

  @Parameters(index = "0", paramLabel = "FILE", description = "An HDF5 file.")
  private Path path;

  @Parameters(index = "1", paramLabel = "DATASET", description = "A sparse dataset in it.")
  private String name;

  @Parameters(
      index = "2",
      paramLabel = "COORDS",
      arity = "1",
      split = ",",
      description = "The coordinates of any element of the chunk, such as 3,0,512.")
  private long[] coordinates;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    try (H5File file = hdf5.open(path);
        Dataset dataset = Datasets.open(file, name)) {
      if (!DatasetChunks.isSparse(dataset.filters())) {
        throw new UserError(name + " is not sparse");
      }
      DatasetChunks chunks = new DatasetChunks(dataset);
      StoredChunk chunk = find(dataset, firstElement(dataset));
      if (chunks.isWithoutBlob(chunk)) {
        throw new UserError(
            "chunk %s was written without the sparse filter: it holds no blob"
                .formatted(Numbers.coordinates(chunk.offset())));
      }
      MemorySegment blob = chunks.blob(chunk);
      if (blobFile != null) {
        Files.write(blobFile, blob.toArray(JAVA_BYTE));
      }
      return show(dataset, chunks, chunk, blob);
    }
  }

  /** The first element of the chunk that the coordinates are in. */
  private long[] firstElement(Dataset dataset) {
    long[] shape = dataset.shape();
    long[] chunk = dataset.chunkShape();
    if (coordinates.length != shape.length) {
      throw new ParameterException(
          spec.commandLine(),
          "%s has %d dimensions, not %d".formatted(name, shape.length, coordinates.length));
    }
    long[] first = new long[shape.length];
    for (int d = 0; d < shape.length; d++) {
      if (coordinates[d] < 0 || coordinates[d] >= shape[d]) {
        throw new UserError(
            "%s is not in %s, whose shape is %s"
                .formatted(Numbers.coordinates(coordinates), name, Numbers.lengths(shape)));
      }
      first[d] = coordinates[d] / chunk[d] * chunk[d];
    }
    return first;
  }

  private StoredChunk find(Dataset dataset, long[] first) {
    return dataset.storedChunks().stream()
        .filter(chunk -> Arrays.equals(chunk.offset(), first))
        .findFirst()
        .orElseThrow(
            () ->
                new UserError(
                    "chunk %s of %s is not stored: all its elements have the fill value"
                        .formatted(Numbers.coordinates(first), name)));
  }

  private int show(Dataset dataset, DatasetChunks chunks, StoredChunk chunk, MemorySegment blob) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("dataset", name);
    object.put("chunk", JsonText.list(chunk.offset()));
    object.put("filter_mask", chunk.filterMask());
    object.put("address", chunk.address());
    object.put("stored_bytes", chunk.bytes());
    object.put("blob_bytes", blob.byteSize());
    say(
        "%s, chunk %s: %s at %d, filter mask %#x; blob of %s"
            .formatted(
                name,
                Numbers.coordinates(chunk.offset()),
                Numbers.count(chunk.bytes(), "byte"),
                chunk.address(),
                chunk.filterMask(),
                Numbers.count(blob.byteSize(), "byte")));
    long headerBytes = Math.min(BlobFields.HEADER_BYTES, blob.byteSize());
    say("");
    Hex.dump(blob.asSlice(0, headerBytes).toArray(JAVA_BYTE)).forEach(this::say);
    say("");
    Map<String, Object> fields = new LinkedHashMap<>();
    for (BlobFields.Field field : BlobFields.of(blob)) {
      fields.put(field.name(), field.value());
      say("%4d  %-16s %s".formatted(field.offset(), field.name(), inWords(field)));
    }
    object.put("header", fields);
    int status = VolSparse.OK;
    try {
      showSections(dataset, chunks.header(chunk, blob), blob, object);
    } catch (CorruptBlobException e) {
      object.put("problem", e.getMessage());
      say("");
      say(e.getMessage());
      status = VolSparse.FAILED;
    }
    if (json) {
      JsonText.print(object);
    }
    return status;
  }

  private void showSections(
      Dataset dataset, BlobHeader header, MemorySegment blob, Map<String, Object> object) {
    object.put("encoding", header.encoding().name());
    object.put("keep", header.keep().name().toLowerCase(Locale.ROOT));
    object.put("coding", header.coding().name());
    object.put("selection_offset", header.selectionOffset());
    object.put("values_offset", header.valuesOffset());
    object.put("values_bytes", header.valuesLength());
    object.put("fill_value", Hex.bytes(header.fillValue()));
    say("");
    say(
        "%s; %d of %d elements defined, fill value %s"
            .formatted(
                header.encoding(),
                header.defined(),
                header.elements(),
                ValueText.of(dataset, MemorySegment.ofArray(header.fillValue()))));
    say(
        "selection: %d bytes at %d; values: %d bytes at %d, %s of %d bytes"
            .formatted(
                header.selectionLength(),
                header.selectionOffset(),
                header.valuesLength(),
                header.valuesOffset(),
                header.coding(),
                header.rawValuesLength()));
    List<Run> runs = runs(SparseBlob.selection(blob), shown);
    try (Arena arena = Arena.ofConfined()) {
      int size = header.elementSize();
      MemorySegment elements = arena.allocate(header.elements() * size, Long.BYTES);
      SparseBlob.decodeInto(header, blob, elements, false);
      List<Object> list = new ArrayList<>();
      for (Run run : runs) {
        List<String> values = new ArrayList<>();
        for (long i = 0; i < Math.min(run.length, shown); i++) {
          values.add(ValueText.of(dataset, elements.asSlice((run.start + i) * size, size)));
        }
        Map<String, Object> shownRun = new LinkedHashMap<>();
        shownRun.put("start", run.start);
        shownRun.put("length", run.length);
        shownRun.put("values", values);
        list.add(shownRun);
        say(
            "  %d to %d: %s%s"
                .formatted(
                    run.start,
                    run.start + run.length - 1,
                    String.join(" ", values),
                    run.length > shown ? " …" : ""));
      }
      object.put("runs", list);
    }
  }

  /** The first runs of consecutive positions. */
  private static List<Run> runs(RoaringBitmap positions, int count) {
    List<Run> runs = new ArrayList<>();
    PeekableIntIterator iterator = positions.getIntIterator();
    while (iterator.hasNext() && runs.size() < count) {
      long start = Integer.toUnsignedLong(iterator.next());
      long end = positions.nextAbsentValue((int) start);
      runs.add(new Run(start, end - start));
      if (end > 0xFFFF_FFFFL) {
        break;
      }
      iterator.advanceIfNeeded((int) end);
    }
    return runs;
  }

  private static String inWords(BlobFields.Field field) {
    return switch (field.name()) {
      case "magic", "crc32c", "tag" -> "0x%08x".formatted(field.value());
      default -> field.value().toString();
    };
  }

  private void say(String line) {
    if (!json) {
      System.out.println(line);
    }
  }
}
