package io.github.volsparse.tool.chunks;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** The fields of a blob's header, valid or not. {@code docs/format.md} describes them. */
public final class BlobFields {
  /** Bytes of the header without a fill value. */
  public static final int HEADER_BYTES = 40;

  /**
   * A field.
   *
   * @param offset where it stands
   * @param bytes how many bytes it has
   * @param value what it says, unsigned
   */
  public record Field(String name, int offset, int bytes, BigInteger value) {}

  private static final List<Field> LAYOUT =
      List.of(
          field("magic", 0, 4),
          field("crc32c", 4, 4),
          field("length", 8, 8),
          field("version", 16, 1),
          field("encoding", 17, 1),
          field("flags", 18, 1),
          field("coding", 19, 1),
          field("element_bytes", 20, 4),
          field("elements", 24, 4),
          field("defined", 28, 4),
          field("selection_bytes", 32, 4),
          field("tag", 36, 4));

  private BlobFields() {}

  private static Field field(String name, int offset, int bytes) {
    return new Field(name, offset, bytes, BigInteger.ZERO);
  }

  /** Reads the fields that the bytes are long enough for. */
  public static List<Field> of(MemorySegment blob) {
    List<Field> fields = new ArrayList<>();
    for (Field field : LAYOUT) {
      if (field.offset + field.bytes <= blob.byteSize()) {
        byte[] bytes = blob.asSlice(field.offset, field.bytes).toArray(JAVA_BYTE);
        byte[] bigEndian = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
          bigEndian[bytes.length - 1 - i] = bytes[i];
        }
        fields.add(new Field(field.name, field.offset, field.bytes, new BigInteger(1, bigEndian)));
      }
    }
    return fields;
  }
}
