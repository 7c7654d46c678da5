package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BlockTest {
  private static final long LARGE = 100L << 20;

  @Test
  void smallOnesAreArrays() {
    assertFalse(Block.of(Block.MAX_ARRAY_BYTES).segment().isNative());
    Block block = Block.of(Block.MAX_ARRAY_BYTES + 1);
    assertTrue(block.segment().isNative());
    assertEquals(Block.MAX_ARRAY_BYTES + 1, block.segment().byteSize());
    assertEquals(0, block.heapBytes());
    block.giveBack();
  }

  @Test
  void whatIsGivenBackServesTheNextOfThatSize() {
    Block first = Block.of(100_000);
    long address = first.segment().address();
    Block other = Block.of(100_000);
    assertNotEquals(address, other.segment().address());
    first.giveBack();
    first.giveBack(); // which must not give it away twice
    Block next = Block.of(99_990);
    assertEquals(address, next.segment().address());
    Block last = Block.of(100_000);
    assertNotEquals(address, last.segment().address());
    other.giveBack();
    next.giveBack();
    last.giveBack();
  }

  @Test
  void largeOnesAreFreedAtOnce() {
    long before = Block.bytesInUse();
    Block block = Block.of(LARGE);
    assertTrue(Block.bytesInUse() >= before + LARGE);
    var memory = block.segment();
    block.giveBack();
    assertEquals(before, Block.bytesInUse());
    assertFalse(memory.scope().isAlive());
  }
}
