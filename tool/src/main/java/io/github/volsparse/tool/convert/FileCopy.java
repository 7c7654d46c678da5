package io.github.volsparse.tool.convert;

import static io.github.volsparse.tool.hdf5.H5.check;

import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.tool.chunks.DatasetChunks;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.Datatypes;
import io.github.volsparse.tool.hdf5.H5;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import io.github.volsparse.tool.hdf5.Id;
import io.github.volsparse.tool.hdf5.Link;
import io.github.volsparse.tool.hdf5.ObjectKind;
import io.github.volsparse.tool.hdf5.Token;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * A copy of a file in which native datasets become sparse, or sparse ones native.
 *
 * <p>Both files are open natively. Only the elements of converted datasets are read or written
 * through a second handle of the same file, through the connector.
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
  private long already;
  private long datasets;

  private H5File copy;
  private Attributes attributes;
  private DatasetCopy datasetCopy;

  /**
   * Prepares a copy.
   *
   * @param source the file, opened natively
   * @param path where the copy is written; there must be no file
   * @param options the connector's string
   * @param contiguousToo whether contiguous datasets are to become sparse as well, as {@code
   *     layout=all} among the options has it
   * @param progress receives the number of bytes of the source that are copied
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
    try (Id creation = FileProperties.creation(source);
        Id access = FileProperties.access(source);
        H5File made = H5File.create(path, creation.value(), access);
        H5File connected =
            target == Target.SPARSE
                ? H5File.changeSparse(path, options)
                : H5File.openSparse(source.path(), options)) {
      copy = made;
      attributes = new Attributes(objects, copy.id());
      datasetCopy =
          new DatasetCopy(target, contiguousToo, choice, progress, objects, copy, connected);
      userBlock = FileProperties.userBlock(creation);
      copyRoot();
      while (!groups.isEmpty()) {
        copyLinks(groups.removeFirst());
      }
      lost = copyReferences();
    }
    FileProperties.copyUserBlock(source.path(), path, userBlock);
    return new Outcome(datasetCopy.converted(), already, datasets, lost);
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
      GroupProperties.copy(object, creation);
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

  private void copyDataset(
      Pending group, Token token, Dataset dataset, Id to, long name, Id properties) {
    datasets++;
    already += DatasetChunks.isSparse(dataset.filters()) == (target == Target.SPARSE) ? 1 : 0;
    boolean references = Datatypes.contains(dataset.type(), hdf5_h.H5T_REFERENCE);
    Token made;
    try {
      made = datasetCopy.copy(group.copy, dataset, to, name, properties, references);
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
