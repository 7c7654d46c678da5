package io.github.volsparse.tool.convert;

import static io.github.volsparse.tool.hdf5.H5.check;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.H5F_info2_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
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
   * @param already the number of those that are stored in the way wanted, and were so in the
   *     original
   * @param datasets the number of datasets in all
   * @param lostReferences the number of references that led nowhere
   */
  public record Outcome(List<String> converted, long already, long datasets, long lostReferences) {}

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
  private long already;
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
    return new Outcome(List.copyOf(converted), already, datasets, lost);
  }

  // ---- the file

  /** The source's properties, with those of its root group. */
  private Id fileCreation() {
    Id creation = Id.of("H5Fget_create_plist", hdf5_h.H5Fget_create_plist(source.id().value()));
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
        Id properties = Id.of("H5Gget_create_plist", hdf5_h.H5Gget_create_plist(group.value()))) {
      long from = properties.value();
      long to = creation.value();
      MemorySegment a = arena.allocate(JAVA_INT);
      MemorySegment b = arena.allocate(JAVA_INT);
      check("H5Pget_link_creation_order", hdf5_h.H5Pget_link_creation_order(from, a));
      check(
          "H5Pset_link_creation_order", hdf5_h.H5Pset_link_creation_order(to, a.get(JAVA_INT, 0)));
      check("H5Pget_attr_creation_order", hdf5_h.H5Pget_attr_creation_order(from, a));
      check(
          "H5Pset_attr_creation_order", hdf5_h.H5Pset_attr_creation_order(to, a.get(JAVA_INT, 0)));
      check("H5Pget_obj_track_times", hdf5_h.H5Pget_obj_track_times(from, a));
      check("H5Pset_obj_track_times", hdf5_h.H5Pset_obj_track_times(to, a.get(JAVA_BOOLEAN, 0)));
      check("H5Pget_link_phase_change", hdf5_h.H5Pget_link_phase_change(from, a, b));
      check(
          "H5Pset_link_phase_change",
          hdf5_h.H5Pset_link_phase_change(to, a.get(JAVA_INT, 0), b.get(JAVA_INT, 0)));
      check("H5Pget_attr_phase_change", hdf5_h.H5Pget_attr_phase_change(from, a, b));
      check(
          "H5Pset_attr_phase_change",
          hdf5_h.H5Pset_attr_phase_change(to, a.get(JAVA_INT, 0), b.get(JAVA_INT, 0)));
      check("H5Pget_est_link_info", hdf5_h.H5Pget_est_link_info(from, a, b));
      check(
          "H5Pset_est_link_info",
          hdf5_h.H5Pset_est_link_info(to, a.get(JAVA_INT, 0), b.get(JAVA_INT, 0)));
    }
  }

  /** Native access that writes the format of the source, as far as its superblock tells. */
  private Id access() {
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

  private static long userBlock(Id creation) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(JAVA_LONG);
      check("H5Pget_userblock", hdf5_h.H5Pget_userblock(creation.value(), bytes.address()));
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
        Id creation = Id.of("H5Gget_create_plist", hdf5_h.H5Gget_create_plist(from.value()))) {
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
          if (link.type() == hdf5_h.H5L_TYPE_HARD) {
            copyHardLink(pending, link, to, properties);
          } else {
            copyOtherLink(link, from, to, properties);
          }
        }
      }
    }
  }

  private static Id linkProperties(Link link) {
    Id list = Id.of("H5Pcreate", hdf5_h.H5Pcreate(hdf5_h.H5P_CLS_LINK_CREATE_ID_g()));
    check("H5Pset_char_encoding", hdf5_h.H5Pset_char_encoding(list.value(), link.characterSet()));
    return list;
  }

  /** Soft and external links, and those of users' own kinds. */
  private static void copyOtherLink(Link link, Id from, Id to, Id properties) {
    try (Arena arena = Arena.ofConfined()) {
      long name = H5.text(arena, link.name());
      long value = arena.allocate(Math.max(1, link.valueBytes())).address();
      check(
          "H5Lget_val",
          hdf5_h.H5Lget_val(from.value(), name, value, link.valueBytes(), hdf5_h.H5P_DEFAULT));
      if (link.type() == hdf5_h.H5L_TYPE_SOFT) {
        check(
            "H5Lcreate_soft",
            hdf5_h.H5Lcreate_soft(value, to.value(), name, properties.value(), hdf5_h.H5P_DEFAULT));
      } else {
        check(
            "H5Lcreate_ud",
            hdf5_h.H5Lcreate_ud(
                to.value(),
                name,
                link.type(),
                value,
                link.valueBytes(),
                properties.value(),
                hdf5_h.H5P_DEFAULT));
      }
    }
  }

  private void copyHardLink(Pending group, Link link, Id to, Id properties) {
    Token existing = objects.copyOf(link.target());
    try (Arena arena = Arena.ofConfined()) {
      long name = H5.text(arena, link.name());
      if (existing != null) {
        try (Id object = existing.open(copy.id())) {
          check(
              "H5Olink",
              hdf5_h.H5Olink(
                  object.value(), to.value(), name, properties.value(), hdf5_h.H5P_DEFAULT));
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
    try (Id creation = Id.of("H5Pcreate", hdf5_h.H5Pcreate(hdf5_h.H5P_CLS_GROUP_CREATE_ID_g()))) {
      copyGroupProperties(object, creation);
      copyGroup(objectPath, token, object, to, name, properties, creation);
    }
  }

  private void copyGroup(
      String objectPath, Token token, Id object, Id to, long name, Id properties, Id creation) {
    try (Id made =
        Id.of(
            "H5Gcreate2",
            hdf5_h.H5Gcreate2(
                to.value(), name, properties.value(), creation.value(), hdf5_h.H5P_DEFAULT))) {
      Pending group = new Pending(objectPath, token, Token.of(made));
      objects.put(token, group.copy);
      groups.add(group);
      copyAttributes(group, object, made, creation);
    }
  }

  private void copyType(
      String objectPath, Token token, Id object, Id to, long name, Id properties) {
    try (Id creation = Id.of("H5Tget_create_plist", hdf5_h.H5Tget_create_plist(object.value()));
        Id made = Id.of("H5Tcopy", hdf5_h.H5Tcopy(object.value()))) {
      check(
          "H5Tcommit2",
          hdf5_h.H5Tcommit2(
              to.value(),
              name,
              made.value(),
              properties.value(),
              creation.value(),
              hdf5_h.H5P_DEFAULT));
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
    already += DatasetChunks.isSparse(dataset.filters()) == (target == Target.SPARSE) ? 1 : 0;
    boolean references = Datatypes.contains(dataset.type(), hdf5_h.H5T_REFERENCE);
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
        Id space = Id.of("H5Dget_space", hdf5_h.H5Dget_space(like.id().value()))) {
      return Dataset.own(
          like.name(),
          Id.of(
              "H5Dcreate2",
              hdf5_h.H5Dcreate2(
                  group.value(),
                  name,
                  type.value(),
                  space.value(),
                  linkProperties.value(),
                  creation.value(),
                  hdf5_h.H5P_DEFAULT)));
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
        Id how = Id.of("H5Pcreate", hdf5_h.H5Pcreate(hdf5_h.H5P_CLS_OBJECT_COPY_ID_g()))) {
      check(
          "H5Pset_copy_object",
          hdf5_h.H5Pset_copy_object(how.value(), hdf5_h.H5O_COPY_WITHOUT_ATTR_FLAG));
      check(
          "H5Ocopy",
          hdf5_h.H5Ocopy(
              dataset.id().value(),
              H5.text(arena, "."),
              to.value(),
              name,
              how.value(),
              properties.value()));
      progress.accept(dataset.storedBytes());
      try (Id made = Id.of("H5Oopen", hdf5_h.H5Oopen(to.value(), name, hdf5_h.H5P_DEFAULT))) {
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
        Id file = Id.of("H5Iget_file_id", hdf5_h.H5Iget_file_id(dataset.id().value()))) {
      MemorySegment size = arena.allocate(JAVA_LONG);
      check("H5Fget_filesize", hdf5_h.H5Fget_filesize(file.value(), size.address()));
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
          Id creation = creationOf(from)) {
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

  private static Id creationOf(Id object) {
    long id = object.value();
    return switch (ObjectKind.of(object)) {
      case DATASET -> Id.of("H5Dget_create_plist", hdf5_h.H5Dget_create_plist(id));
      case NAMED_DATATYPE -> Id.of("H5Tget_create_plist", hdf5_h.H5Tget_create_plist(id));
      default -> Id.of("H5Gget_create_plist", hdf5_h.H5Gget_create_plist(id));
    };
  }
}
