package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * LZ4 blocks. The only class that uses lz4-java; it is loaded when the first blob needs it.
 *
 * <p>The library's native code is used if the JVM allows native code and the code loads, otherwise
 * its plain Java code: a Java program that only decodes chunks needs no permission. The library's
 * third variant, on {@code sun.misc.Unsafe}, is never used: the JDK warns about it on the host
 * program's standard error.
 */
final class Lz4 {

  /** The least size of a block that expands to a given size. */
  static final int MAX_RATIO = 255;

  private static final LZ4Factory FACTORY = factory();
  private static final LZ4Compressor COMPRESSOR = FACTORY.fastCompressor();
  private static final LZ4SafeDecompressor DECOMPRESSOR = FACTORY.safeDecompressor();

  private Lz4() {}

  private static LZ4Factory factory() {
    if (!Lz4.class.getModule().isNativeAccessEnabled()) {
      return LZ4Factory.safeInstance();
    }
    try {
      return LZ4Factory.nativeInstance();
    } catch (LinkageError | AssertionError notHere) {
      // No build for this platform, or no folder from which it could be loaded.
      return LZ4Factory.safeInstance();
    }
  }

  /** The room that {@link #compress} needs for its output. */
  static int bound(int bytes) {
    return COMPRESSOR.maxCompressedLength(bytes);
  }

  /**
   * Compresses memory into one block.
   *
   * @return the length of the block
   */
  static int compress(MemorySegment from, MemorySegment to) {
    ByteBuffer source = from.asByteBuffer();
    ByteBuffer target = to.asByteBuffer();
    return COMPRESSOR.compress(source, 0, source.limit(), target, 0, target.limit());
  }

  /**
   * Expands a block that must fill memory exactly.
   *
   * @throws CorruptBlobException if it does not
   */
  static void decompress(MemorySegment from, MemorySegment to) {
    ByteBuffer source = from.asByteBuffer();
    int length = (int) to.byteSize();
    int made;
    try {
      made = DECOMPRESSOR.decompress(source, 0, source.limit(), to.asByteBuffer(), 0, length);
    } catch (LZ4Exception | IndexOutOfBoundsException e) {
      throw new CorruptBlobException("the values are not an LZ4 block of " + length + " bytes", e);
    }
    if (made != length) {
      throw new CorruptBlobException("the values expand to " + made + " bytes, not " + length);
    }
  }
}
