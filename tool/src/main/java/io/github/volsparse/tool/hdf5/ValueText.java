package io.github.volsparse.tool.hdf5;

import static io.github.volsparse.tool.hdf5.H5.check;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.tool.text.Hex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The value of an element as text: a number if it is one, otherwise its bytes. */
public final class ValueText {
  private ValueText() {}

  /**
   * The text of an element.
   *
   * @param element its bytes, in the datatype of the dataset
   */
  public static String of(Dataset dataset, MemorySegment element) {
    long type = dataset.type().value();
    return switch (Datatypes.classOf(dataset.type())) {
      case hdf5_h.H5T_INTEGER -> {
        boolean signed = check("H5Tget_sign", hdf5_h.H5Tget_sign(type)) != hdf5_h.H5T_SGN_NONE;
        long target = signed ? hdf5_h.H5T_NATIVE_INT64_g() : hdf5_h.H5T_NATIVE_UINT64_g();
        long value = convert(type, target, element).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        yield signed ? Long.toString(value) : Long.toUnsignedString(value);
      }
      case hdf5_h.H5T_FLOAT -> {
        MemorySegment converted = convert(type, hdf5_h.H5T_NATIVE_DOUBLE_g(), element);
        yield Double.toString(converted.get(JAVA_DOUBLE.withByteAlignment(1), 0));
      }
      default -> Hex.bytes(element.toArray(JAVA_BYTE));
    };
  }

  private static MemorySegment convert(long type, long target, MemorySegment element) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Math.max(Long.BYTES, element.byteSize()), Long.BYTES);
      buffer.copyFrom(element);
      check("H5Tconvert", hdf5_h.H5Tconvert(type, target, 1, buffer.address(), 0, 0));
      return MemorySegment.ofArray(buffer.asSlice(0, Long.BYTES).toArray(JAVA_BYTE));
    }
  }
}
