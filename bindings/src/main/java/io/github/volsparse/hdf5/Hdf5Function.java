package io.github.volsparse.hdf5;

/**
 * A function of HDF5 that is called by its name with any arguments, for forwarding. Functions that
 * the connector calls itself are in {@link io.github.volsparse.hdf5.generated.hdf5_h}.
 */
public final class Hdf5Function {
  private final String name;
  private long address;

  /**
   * @param name the function's name, such as {@code H5Pcopy}
   */
  public Hdf5Function(String name) {
    this.name = name;
  }

  /** The function's name. */
  public String name() {
    return name;
  }

  /**
   * Calls the function and leaves the judgement of its result to the caller.
   *
   * @param words its arguments: integers and enumerations as they are, pointers as addresses
   */
  public long call(long... words) {
    if (address == 0) {
      address = Hdf5Library.symbol(name);
    }
    return switch (words.length) {
      // Where the compiler joins this to its caller, the array is never made.
      case 0 -> Native.invoke(address, 0, 0, 0, 0, 0, 0);
      case 1 -> Native.invoke(address, words[0], 0, 0, 0, 0, 0);
      case 2 -> Native.invoke(address, words[0], words[1], 0, 0, 0, 0);
      case 3 -> Native.invoke(address, words[0], words[1], words[2], 0, 0, 0);
      case 4 -> Native.invoke(address, words[0], words[1], words[2], words[3], 0, 0);
      case 5 -> Native.invoke(address, words[0], words[1], words[2], words[3], words[4], 0);
      case 6 -> Native.invoke(address, words[0], words[1], words[2], words[3], words[4], words[5]);
      default -> Native.invoke(address, words);
    };
  }
}
