package io.github.volsparse.vol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HandlesTest {
  private final Handles handles = new Handles();

  private void assertUnknown(long handle) {
    assertFalse(handles.knows(handle));
    assertThrows(IllegalArgumentException.class, () -> handles.get(handle, String.class));
  }

  @Test
  void manyObjectsHaveAHandleEach() {
    Map<Long, String> given = new HashMap<>();
    for (int i = 0; i < 1000; i++) {
      given.put(handles.put("object " + i), "object " + i);
    }
    assertEquals(1000, given.size());
    assertFalse(given.containsKey(0L));
    given.forEach((handle, object) -> assertEquals(object, handles.get(handle, String.class)));
  }

  @Test
  void aReleasedHandleIsNeverGoodAgain() {
    long first = handles.put("first");
    handles.remove(first);
    assertUnknown(first);
    long second = handles.put("second");
    assertNotEquals(first, second);
    assertUnknown(first);
    assertEquals("second", handles.get(second, String.class));
  }

  @Test
  void otherPointersAreNotTakenForHandles() {
    long handle = handles.put("object");
    for (long pointer : new long[] {0, -1, handle + 1, handle | 1L << 32, 0x7fff_1234_5678L}) {
      assertUnknown(pointer);
    }
  }

  @Test
  void anObjectOfAnotherTypeIsRefused() {
    long handle = handles.put(1);
    assertThrows(IllegalArgumentException.class, () -> handles.get(handle, String.class));
  }
}
