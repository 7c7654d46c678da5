package io.github.volsparse.tool.hdf5;

import static io.github.volsparse.tool.hdf5.H5.check;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** An open file, natively or through vol-sparse's connector. */
public final class H5File implements AutoCloseable {
  private final Path path;
  private static final String NO_DRIVER = "durable=off";

  private final Id id;

  private H5File(Path path, Id id) {
    this.path = path;
    this.id = id;
  }

  /** Opens a file natively, to read it. */
  public static H5File open(Path path) {
    try (Id access = nativeAccess()) {
      return open(path, hdf5_h.H5F_ACC_RDONLY, access);
    }
  }

  /**
   * Opens a file natively for reading, even if its end is missing: only what is in the missing part
   * cannot be read.
   */
  public static H5File openCutOff(Path path) {
    try (Arena arena = Arena.ofConfined();
        Id access = nativeAccess()) {
      // A property of HDF5's own tools, without a function of its own.
      check(
          "H5Pset",
          hdf5_h.H5Pset(
              access.value(),
              H5.text(arena, "skip_eof_check"),
              arena.allocateFrom(JAVA_BYTE, (byte) 1).address()));
      return open(path, hdf5_h.H5F_ACC_RDONLY, access);
    }
  }

  /** Opens a file through the connector, to read it. */
  public static H5File openSparse(Path path, String options) {
    try (Id access = sparseAccess(options)) {
      return open(path, hdf5_h.H5F_ACC_RDONLY, access);
    }
  }

  /** Opens a file through the connector, to change it. */
  public static H5File changeSparse(Path path, String options) {
    try (Id access = sparseAccess(options)) {
      return open(path, hdf5_h.H5F_ACC_RDWR, access);
    }
  }

  private static H5File open(Path path, int flags, Id access) {
    try (Arena arena = Arena.ofConfined()) {
      return new H5File(
          path,
          Id.of("H5Fopen", hdf5_h.H5Fopen(H5.text(arena, path.toString()), flags, access.value())));
    }
  }

  /**
   * Creates a file natively.
   *
   * @param creation its creation properties
   * @param access its access properties, such as {@link #nativeAccess}
   * @throws Hdf5Failure if there is a file of that name
   */
  public static H5File create(Path path, long creation, Id access) {
    try (Arena arena = Arena.ofConfined()) {
      return new H5File(
          path,
          Id.of(
              "H5Fcreate",
              hdf5_h.H5Fcreate(
                  H5.text(arena, path.toString()), hdf5_h.H5F_ACC_EXCL, creation, access.value())));
    }
  }

  /** Creates a file through the connector. */
  public static H5File createSparse(Path path, String options) {
    try (Id access = sparseAccess(options)) {
      return create(path, hdf5_h.H5P_DEFAULT, access);
    }
  }

  /** File access properties for HDF5's native connector, whatever the environment says. */
  public static Id nativeAccess() {
    try (Arena arena = Arena.ofConfined()) {
      try (Id connector =
          Id.of(
              "H5VLget_connector_id_by_name",
              hdf5_h.H5VLget_connector_id_by_name(H5.text(arena, "native")))) {
        return access(connector, 0);
      }
    }
  }

  /**
   * File access properties for vol-sparse's connector, without its file driver: a file that is open
   * natively, too, must be the same file to HDF5.
   *
   * @param options the connector's string
   * @throws Hdf5Failure if HDF5 cannot load it
   */
  public static Id sparseAccess(String options) {
    try (Arena arena = Arena.ofConfined();
        Id connector =
            Id.of(
                "H5VLregister_connector_by_name",
                hdf5_h.H5VLregister_connector_by_name(H5.text(arena, "sparse"), 0))) {
      MemorySegment info = arena.allocate(JAVA_LONG);
      check(
          "H5VLconnector_str_to_info",
          hdf5_h.H5VLconnector_str_to_info(
              H5.text(arena, options.isEmpty() ? NO_DRIVER : options + ";" + NO_DRIVER),
              connector.value(),
              info.address()));
      try {
        return access(connector, info.get(JAVA_LONG, 0));
      } finally {
        check(
            "H5VLfree_connector_info",
            hdf5_h.H5VLfree_connector_info(connector.value(), info.get(JAVA_LONG, 0)));
      }
    }
  }

  private static Id access(Id connector, long info) {
    Id list = Id.of("H5Pcreate", hdf5_h.H5Pcreate(hdf5_h.H5P_CLS_FILE_ACCESS_ID_g()));
    check("H5Pset_vol", hdf5_h.H5Pset_vol(list.value(), connector.value(), info));
    return list;
  }

  /** Where the file is. */
  public Path path() {
    return path;
  }

  /** Its identifier. */
  public Id id() {
    return id;
  }

  /** Opens a group by its path. */
  public Id group(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return Id.of(
          "H5Gopen2", hdf5_h.H5Gopen2(id.value(), H5.text(arena, name), hdf5_h.H5P_DEFAULT));
    }
  }

  /** Opens a dataset by its path. */
  public Dataset dataset(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return new Dataset(
          name,
          Id.of("H5Dopen2", hdf5_h.H5Dopen2(id.value(), H5.text(arena, name), hdf5_h.H5P_DEFAULT)));
    }
  }

  /**
   * Creates a chunked dataset.
   *
   * @param type its datatype
   */
  public Dataset createDataset(String name, long type, long[] shape, long[] chunkShape) {
    try (Arena arena = Arena.ofConfined();
        Id space =
            Id.of(
                "H5Screate_simple",
                hdf5_h.H5Screate_simple(shape.length, H5.numbers(arena, shape), 0));
        Id creation = Id.of("H5Pcreate", hdf5_h.H5Pcreate(hdf5_h.H5P_CLS_DATASET_CREATE_ID_g()))) {
      check(
          "H5Pset_chunk",
          hdf5_h.H5Pset_chunk(creation.value(), chunkShape.length, H5.numbers(arena, chunkShape)));
      return new Dataset(
          name,
          Id.of(
              "H5Dcreate2",
              hdf5_h.H5Dcreate2(
                  id.value(),
                  H5.text(arena, name),
                  type,
                  space.value(),
                  hdf5_h.H5P_DEFAULT,
                  creation.value(),
                  hdf5_h.H5P_DEFAULT)));
    }
  }

  /** Something done with each dataset. */
  public interface DatasetVisitor {
    /** Is called for a dataset, which is closed afterwards. */
    void visit(Dataset dataset);

    /**
     * Is called for an object that cannot be opened, or a group that cannot be read.
     *
     * @throws Hdf5Failure to end the visit
     */
    default void failed(String name, Hdf5Failure failure) {
      throw failure;
    }
  }

  /**
   * Visits every dataset of the file once, in the order of the groups' links. Soft and external
   * links are not followed.
   */
  public void forEachDataset(DatasetVisitor visitor) {
    Set<Token> seen = new HashSet<>();
    Deque<String> groups = new ArrayDeque<>();
    groups.push("/");
    seen.add(Token.of(id));
    while (!groups.isEmpty()) {
      String path = groups.pop();
      Deque<String> inside = new ArrayDeque<>();
      for (Link link : links(path, visitor)) {
        if (link.type() == hdf5_h.H5L_TYPE_HARD && seen.add(link.target())) {
          visit(join(path, link.name()), link.target(), visitor, inside);
        }
      }
      while (!inside.isEmpty()) {
        groups.push(inside.removeLast());
      }
    }
  }

  private List<Link> links(String path, DatasetVisitor visitor) {
    try (Id group = group(path)) {
      return Link.of(group);
    } catch (Hdf5Failure failure) {
      visitor.failed(path, failure);
      return List.of();
    }
  }

  private void visit(String name, Token object, DatasetVisitor visitor, Deque<String> groups) {
    try (Dataset dataset = open(name, object, visitor, groups)) {
      if (dataset != null) {
        visitor.visit(dataset);
      }
    }
  }

  /** Opens an object if it is a dataset; a group is kept for later. Null if it is not a dataset. */
  private Dataset open(String name, Token object, DatasetVisitor visitor, Deque<String> groups) {
    Id opened = null;
    try {
      opened = object.open(id);
      switch (ObjectKind.of(opened)) {
        case DATASET -> {
          return new Dataset(name, opened);
        }
        case GROUP -> groups.add(name);
        default -> {
          // A named datatype holds no elements.
        }
      }
      opened.close();
    } catch (Hdf5Failure failure) {
      if (opened != null) {
        opened.close();
      }
      visitor.failed(name, failure);
    }
    return null;
  }

  /** The path of a link in a group. */
  public static String join(String group, String name) {
    return group.endsWith("/") ? group + name : group + "/" + name;
  }

  @Override
  public void close() {
    id.close();
  }
}
