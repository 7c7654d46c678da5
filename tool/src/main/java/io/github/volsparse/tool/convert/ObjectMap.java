package io.github.volsparse.tool.convert;

import static io.github.volsparse.tool.hdf5.H5.check;

import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.tool.hdf5.Id;
import io.github.volsparse.tool.hdf5.Token;
import java.util.HashMap;
import java.util.Map;

/** Maps each object of the source to its copy. */
final class ObjectMap {
  private final Map<Token, Token> copies = new HashMap<>();

  /** The copy of an object; null if it has none yet. */
  Token copyOf(Token original) {
    return copies.get(original);
  }

  void put(Token original, Token copy) {
    copies.put(original, copy);
  }

  /** Whether a datatype is a named one. */
  static boolean isNamed(Id type) {
    return check("H5Tcommitted", hdf5_h.H5Tcommitted(type.value())) > 0;
  }

  /**
   * The datatype to use in the copy: of a named one its copy; of others one that belongs to no
   * file.
   *
   * @param type of an object of the source
   * @param file the copy, as it is opened where the type will be used
   */
  Id typeFor(Id type, Id file) {
    if (!isNamed(type)) {
      return Id.of("H5Tcopy", hdf5_h.H5Tcopy(type.value()));
    }
    Token original = Token.of(type);
    Token copy = copyOf(original);
    if (copy != null) {
      return copy.open(file);
    }
    // Not met yet, or known to no link but to the objects that use it: the next link to it, if
    // there
    // is one, will find it.
    try (Id properties = Id.of("H5Tget_create_plist", hdf5_h.H5Tget_create_plist(type.value()))) {
      Id made = Id.of("H5Tcopy", hdf5_h.H5Tcopy(type.value()));
      check(
          "H5Tcommit_anon",
          hdf5_h.H5Tcommit_anon(
              file.value(), made.value(), properties.value(), hdf5_h.H5P_DEFAULT));
      put(original, Token.of(made));
      return made;
    }
  }
}
