package io.github.volsparse.tool.convert;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.tool.chunks.DatasetChunks;
import io.github.volsparse.tool.chunks.Eligibility;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.Datatypes;
import io.github.volsparse.tool.hdf5.H5;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import io.github.volsparse.tool.hdf5.Id;
import io.github.volsparse.tool.hdf5.Link;
import io.github.volsparse.tool.hdf5.ObjectKind;
import io.github.volsparse.tool.hdf5.StoredChunk;
import io.github.volsparse.tool.hdf5.Token;
import io.github.volsparse.tool.text.Numbers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * A copy of a file, in which datasets are stored sparsely that were not, or the other way round.
 *
 * <p>Both files are open natively, for all but the elements: of datasets that are converted these
 * are read or written through a second handle of the same file, through the connector.
 */
public final class FileCopy {
  /** What datasets are converted to. */
  public enum Target {
    /** Sparse ones, those that can be. */
    SPARSE,
    /** Native ones, those that are sparse. */
    NATIVE
  }

  /** Which datasets are converted. */
  public interface Choice {
    /** Whether to convert a dataset that can be. */
    boolean includes(String path);
  }

  /**
   * What was done.
   *
   * @param converted the paths of the datasets that were converted
   * @param datasets the number of datasets in all
   * @param lostReferences the number of references that led nowhere
   */
  public record Outcome(List<String> converted, long datasets, long lostReferences) {}

  private static final int COPY_WITHOUT_ATTRIBUTES = 0x10;
  private static final int LIBVER_EARLIEST = 0;
  private static final int LIBVER_V18 = 1;
  private static final int LIBVER_V110 = 2;

  /** From this version on a superblock is one of files that are written while others read. */
  private static final int SUPERBLOCK_OF_V110 = 3;

  private static final int SUPERBLOCK_OF_V18 = 2;

  /** An object and its copy, to which something is still to be copied. */
  private record Pending(String path, Token original, Token copy) {}

  private final H5File source;
  private final Path path;
  private final Target target;
  private final String options;
  private final boolean contiguousToo;
  private final Choice choice;
  private final LongConsumer progress;

  private final ObjectMap objects = new ObjectMap();
  private final Deque<Pending> groups = new ArrayDeque<>();
  private final List<Pending> withReferences = new ArrayList<>();
  private final List<Pending> elementsWithReferences = new ArrayList<>();
  private final List<String> converted = new ArrayList<>();
  private long datasets;

  private H5File copy;
  private H5File throughConnector;
  private Attributes attributes;

  /**
   * Prepares a copy.
   *
   * @param source the file, opened natively
   * @param path where the copy is written; there must be no file
   * @param options the connector's string
   * @param contiguousToo whether contiguous datasets are to become sparse as well, as {@code
   *     layout=all} among the options has it
   * @param progress is told of bytes of the source that are copied
   */
  public FileCopy(
      H5File source,
      Path path,
      Target target,
      String options,
      boolean contiguousToo,
      Choice choice,
      LongConsumer progress) {
    this.source = source;
    this.path = path;
    this.target = target;
    this.options = options;
    this.contiguousToo = contiguousToo;
    this.choice = choice;
    this.progress = progress;
  }

  /** Makes the copy. */
  public Outcome run() throws IOException {
    long lost;
    long userBlock;
    try (Id creation = fileCreation();
        Id access = access();
        H5File made = H5File.create(path, creation.value(), access);
        H5File connected =
            target == Target.SPARSE
                ? H5File.changeSparse(path, options)
                : H5File.openSparse(source.path(), options)) {
      copy = made;
      throughConnector = connected;
      attributes = new Attributes(objects, copy.id());
      userBlock = userBlock(creation);
      copyRoot();
      while (!groups.isEmpty()) {
        copyLinks(groups.removeFirst());
      }
      lost = copyReferences();
    }
    copyUserBlock(userBlock);
    return new Outcome(List.copyOf(converted), datasets, lost);
  }

  // ---- the file

  /** The source's properties, with those of its root group. */
  private Id fileCreation() {
    Id creation = H5.id("H5Fget_create_plist", source.id().value());
    try (Id root = source.group("/")) {
      copyGroupProperties(root, creation);
    }
    return creation;
  }

  /**
   * Sets the properties that a group was created with. (The list that HDF5 gives of an existing
   * group does not do to create another: it says where the links of that one are.)
   */
  private static void copyGroupProperties(Id group, Id creation) {
    try (Arena arena = Arena.ofConfined();
        Id properties = H5.id("H5Gget_create_plist", group.value())) {
      MemorySegment a = arena.allocate(JAVA_LONG);
      MemorySegment b = arena.allocate(JAVA_LONG);
      for (String one : List.of("link_creation_order", "attr_creation_order", "obj_track_times")) {
        H5.status("H5Pget_" + one, properties.value(), a.address());
        H5.status("H5Pset_" + one, creation.value(), a.get(JAVA_INT, 0));
      }
      for (String two : List.of("link_phase_change", "attr_phase_change", "est_link_info")) {
        H5.status("H5Pget_" + two, properties.value(), a.address(), b.address());
        H5.status("H5Pset_" + two, creation.value(), a.get(JAVA_INT, 0), b.get(JAVA_INT, 0));
      }
    }
  }

  /** Native access that writes the format of the source, as far as its superblock tells. */
  private Id access() {
    Id access = H5File.nativeAccess();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(128, Long.BYTES);
      H5.status("H5Fget_info2", source.id().value(), info.address());
      int superblock = info.get(JAVA_INT, 0);
      MemorySegment low = arena.allocate(JAVA_INT);
      MemorySegment high = arena.allocate(JAVA_INT);
      H5.status("H5Pget_libver_bounds", access.value(), low.address(), high.address());
      int oldest =
          superblock >= SUPERBLOCK_OF_V110
              ? LIBVER_V110
              : superblock >= SUPERBLOCK_OF_V18 ? LIBVER_V18 : LIBVER_EARLIEST;
      H5.status("H5Pset_libver_bounds", access.value(), oldest, high.get(JAVA_INT, 0));
    }
    return access;
  }

  private static long userBlock(Id creation) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(JAVA_LONG);
      H5.status("H5Pget_userblock", creation.value(), bytes.address());
      return bytes.get(JAVA_LONG, 0);
    }
  }

  /** What stands in front of the file's own content is the user's. */
  private void copyUserBlock(long bytes) throws IOException {
    try (FileChannel from = FileChannel.open(source.path(), StandardOpenOption.READ);
        FileChannel to = FileChannel.open(path, StandardOpenOption.WRITE)) {
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

  // ---- groups and links

  private void copyRoot() {
    try (Id from = source.group("/");
        Id to = copy.group("/");
        Id creation = H5.id("H5Gget_create_plist", from.value())) {
      Pending root = new Pending("/", Token.of(from), Token.of(to));
      objects.put(root.original, root.copy);
      groups.add(root);
      copyAttributes(root, from, to, creation);
    }
  }

  private void copyLinks(Pending pending) {
    try (Id from = pending.original.open(source.id());
        Id to = pending.copy.open(copy.id())) {
      for (Link link : Link.of(from)) {
        try (Id properties = linkProperties(link)) {
          if (link.type() == Link.HARD) {
            copyHardLink(pending, link, to, properties);
          } else {
            copyOtherLink(link, from, to, properties);
          }
        }
      }
    }
  }

  private static Id linkProperties(Link link) {
    Id list = H5.id("H5Pcreate", H5.identifier("H5P_CLS_LINK_CREATE_ID_g"));
    H5.status("H5Pset_char_encoding", list.value(), link.characterSet());
    return list;
  }

  /** Soft and external links, and those of users' own kinds. */
  private static void copyOtherLink(Link link, Id from, Id to, Id properties) {
    try (Arena arena = Arena.ofConfined()) {
      long name = H5.text(arena, link.name());
      long value = arena.allocate(Math.max(1, link.valueBytes())).address();
      H5.status("H5Lget_val", from.value(), name, value, link.valueBytes(), H5.DEFAULT);
      if (link.type() == Link.SOFT) {
        H5.status("H5Lcreate_soft", value, to.value(), name, properties.value(), H5.DEFAULT);
      } else {
        H5.status(
            "H5Lcreate_ud",
            to.value(),
            name,
            link.type(),
            value,
            link.valueBytes(),
            properties.value(),
            H5.DEFAULT);
      }
    }
  }

  private void copyHardLink(Pending group, Link link, Id to, Id properties) {
    Token existing = objects.copyOf(link.target());
    try (Arena arena = Arena.ofConfined()) {
      long name = H5.text(arena, link.name());
      if (existing != null) {
        try (Id object = existing.open(copy.id())) {
          H5.status("H5Olink", object.value(), to.value(), name, properties.value(), H5.DEFAULT);
        }
        return;
      }
      String objectPath = H5File.join(group.path, link.name());
      try (Id object = link.target().open(source.id())) {
        switch (ObjectKind.of(object)) {
          case GROUP -> copyGroup(objectPath, link.target(), object, to, name, properties);
          case NAMED_DATATYPE -> copyType(objectPath, link.target(), object, to, name, properties);
          case DATASET -> {
            try (Dataset dataset = source.dataset(objectPath)) {
              copyDataset(group, link.target(), dataset, to, name, properties);
            }
          }
          case OTHER ->
              throw new UnsupportedOperationException(
                  objectPath
                      + " is neither a group, a dataset nor a datatype: it cannot be copied");
        }
      }
    }
  }

  private void copyGroup(
      String objectPath, Token token, Id object, Id to, long name, Id properties) {
    try (Id creation = H5.id("H5Pcreate", H5.identifier("H5P_CLS_GROUP_CREATE_ID_g"))) {
      copyGroupProperties(object, creation);
      copyGroup(objectPath, token, object, to, name, properties, creation);
    }
  }

  private void copyGroup(
      String objectPath, Token token, Id object, Id to, long name, Id properties, Id creation) {
    try (Id made =
        H5.id("H5Gcreate2", to.value(), name, properties.value(), creation.value(), H5.DEFAULT)) {
      Pending group = new Pending(objectPath, token, Token.of(made));
      objects.put(token, group.copy);
      groups.add(group);
      copyAttributes(group, object, made, creation);
    }
  }

  private void copyType(
      String objectPath, Token token, Id object, Id to, long name, Id properties) {
    try (Id creation = H5.id("H5Tget_create_plist", object.value());
        Id made = H5.id("H5Tcopy", object.value())) {
      H5.status(
          "H5Tcommit2",
          to.value(),
          name,
          made.value(),
          properties.value(),
          creation.value(),
          H5.DEFAULT);
      Pending type = new Pending(objectPath, token, Token.of(made));
      objects.put(token, type.copy);
      copyAttributes(type, object, made, creation);
    }
  }

  private void copyAttributes(Pending object, Id from, Id to, Id creation) {
    try {
      if (attributes.copy(from, to, creation.value())) {
        withReferences.add(object);
      }
    } catch (Hdf5Failure e) {
      throw new ConversionException(object.path, e);
    }
  }

  // ---- datasets

  private void copyDataset(
      Pending group, Token token, Dataset dataset, Id to, long name, Id properties) {
    datasets++;
    boolean references = Datatypes.contains(dataset.type(), Datatypes.REFERENCE);
    Token made;
    try {
      if (isToBeConverted(dataset)) {
        made = convert(group, dataset, to, name, properties);
        converted.add(dataset.name());
      } else if (references || isLostByCopy(dataset)) {
        made = copyElements(dataset, to, name, properties, references);
      } else {
        made = copyAsStored(dataset, to, name, properties);
      }
    } catch (Hdf5Failure e) {
      throw new ConversionException(dataset.name(), e);
    }
    objects.put(token, made);
    Pending pending = new Pending(dataset.name(), token, made);
    if (references) {
      elementsWithReferences.add(pending);
    }
    try (Id copied = made.open(copy.id())) {
      copyAttributes(pending, dataset.id(), copied, dataset.creation());
    }
  }

  private boolean isToBeConverted(Dataset dataset) {
    boolean possible =
        target == Target.NATIVE
            ? DatasetChunks.isSparse(dataset.filters())
            : Eligibility.reason(dataset) == null
                && (contiguousToo || dataset.layout() == Dataset.Layout.CHUNKED);
    return possible && choice.includes(dataset.name());
  }

  /**
   * Makes a dataset in the copy.
   *
   * @param file the copy's file, in the connector of the group
   * @param creation its creation properties
   */
  private Dataset create(
      Dataset like, Id file, Id group, long name, Id creation, Id linkProperties) {
    try (Id type = objects.typeFor(like.type(), file);
        Id space = H5.id("H5Dget_space", like.id().value())) {
      return Dataset.own(
          like.name(),
          H5.id(
              "H5Dcreate2",
              group.value(),
              name,
              type.value(),
              space.value(),
              linkProperties.value(),
              creation.value(),
              H5.DEFAULT));
    }
  }

  private Token convert(Pending group, Dataset dataset, Id to, long name, Id properties) {
    if (target == Target.SPARSE) {
      try (Id connectedGroup = group.copy.open(throughConnector.id());
          Dataset made =
              create(
                  dataset,
                  throughConnector.id(),
                  connectedGroup,
                  name,
                  dataset.creation(),
                  properties)) {
        new ElementCopy(dataset, made, null, progress).all();
        return Token.of(made.id());
      }
    }
    try (Dataset sparse = throughConnector.dataset(dataset.name());
        Dataset made = create(dataset, copy.id(), to, name, sparse.creation(), properties)) {
      new ElementCopy(sparse, made, null, progress)
          .chunks(dataset.storedChunks(), dataset.chunkShape());
      return Token.of(made.id());
    }
  }

  /**
   * Whether HDF5's own copy would lose something: that the datatype is a named one, or a fill value
   * of variable length. (Of that it copies the address in the source.)
   */
  private static boolean isLostByCopy(Dataset dataset) {
    return ObjectMap.isNamed(dataset.type())
        || dataset.hasFillValue() && !dataset.hasFixedSizeElements();
  }

  /** Copies a dataset element by element, or chunk by chunk; references come later. */
  private Token copyElements(Dataset dataset, Id to, long name, Id properties, boolean references) {
    try (Dataset made = create(dataset, copy.id(), to, name, dataset.creation(), properties)) {
      boolean virtual = dataset.layout() == Dataset.Layout.VIRTUAL;
      boolean stored = dataset.storedBytes() > 0 && dataset.externalFiles() == 0 && !virtual;
      if (stored && !references) {
        ElementCopy elements = new ElementCopy(dataset, made, null, progress);
        if (dataset.layout() == Dataset.Layout.CHUNKED && dataset.hasFixedSizeElements()) {
          elements.storedChunks();
        } else {
          elements.all();
        }
      }
      return Token.of(made.id());
    }
  }

  private Token copyAsStored(Dataset dataset, Id to, long name, Id properties) {
    requireChunksInFile(dataset);
    try (Arena arena = Arena.ofConfined();
        Id how = H5.id("H5Pcreate", H5.identifier("H5P_CLS_OBJECT_COPY_ID_g"))) {
      H5.status("H5Pset_copy_object", how.value(), COPY_WITHOUT_ATTRIBUTES);
      H5.status(
          "H5Ocopy",
          dataset.id().value(),
          H5.text(arena, "."),
          to.value(),
          name,
          how.value(),
          properties.value());
      progress.accept(dataset.storedBytes());
      try (Id made = H5.id("H5Oopen", to.value(), name, H5.DEFAULT)) {
        return Token.of(made);
      }
    }
  }

  /**
   * Checks that chunks lie in the file: H5Ocopy (HDF5 1.14 to 2.2) frees memory twice, and ends the
   * process, when it cannot read one.
   */
  private static void requireChunksInFile(Dataset dataset) {
    if (dataset.layout() != Dataset.Layout.CHUNKED) {
      return;
    }
    long end;
    try (Arena arena = Arena.ofConfined();
        Id file = H5.id("H5Iget_file_id", dataset.id().value())) {
      MemorySegment size = arena.allocate(JAVA_LONG);
      H5.status("H5Fget_filesize", file.value(), size.address());
      end = size.get(JAVA_LONG, 0);
    }
    for (StoredChunk chunk : dataset.storedChunks()) {
      if (chunk.address() < 0 || chunk.bytes() < 0 || chunk.address() > end - chunk.bytes()) {
        throw new ConversionException(
            "%s cannot be copied: its chunk %s reaches beyond the end of the file"
                .formatted(dataset.name(), Numbers.coordinates(chunk.offset())));
      }
    }
  }

  // ---- references

  private long copyReferences() {
    References references = new References(source, copy.id(), objects);
    for (Pending pending : withReferences) {
      try (Id from = pending.original.open(source.id());
          Id to = pending.copy.open(copy.id());
          Id creation = H5.id(creationOf(ObjectKind.of(from)), from.value())) {
        attributes.writeReferences(from, to, creation.value(), references);
      } catch (Hdf5Failure e) {
        throw new ConversionException(pending.path, e);
      }
    }
    for (Pending pending : elementsWithReferences) {
      try (Dataset from = Dataset.own(pending.path, pending.original.open(source.id()));
          Dataset to = Dataset.own(pending.path, pending.copy.open(copy.id()))) {
        new ElementCopy(from, to, references, progress).all();
      } catch (Hdf5Failure e) {
        throw new ConversionException(pending.path, e);
      }
    }
    return references.lost();
  }

  private static String creationOf(ObjectKind kind) {
    return switch (kind) {
      case DATASET -> "H5Dget_create_plist";
      case NAMED_DATATYPE -> "H5Tget_create_plist";
      default -> "H5Gget_create_plist";
    };
  }
}
