package io.github.volsparse.vol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.volsparse.config.Configuration;
import io.github.volsparse.hdf5.UnderObject;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HandlesTest {
  /** A {@code struct objects} as the plugin has it at first. */
  private final long header = Arena.global().allocate(24, 8).address();

  private final Handles handles = new Handles(new ObjectRows(header));

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

  /** A group of the connector below, in a file that was opened with options. */
  private static VolObject group(long address, String options, boolean isInherited) {
    return new VolObject(
        new UnderObject(address, 5),
        new FileAccess(5, Configuration.parse(options), 0, isInherited));
  }

  private static VolObject group(long address, String options) {
    return group(address, options, false);
  }

  @Test
  void aChildHasTheHandlesOfItsParent() {
    List<Long> given = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      given.add(handles.put(group(1000 + i, i % 2 == 0 ? "" : "cache=1MiB;under_vol=3")));
    }
    for (int i = 0; i < 200; i += 3) {
      handles.remove(given.get(i));
    }
    Handles child = new Handles(new ObjectRows(header));
    for (int i = 0; i < 200; i++) {
      if (i % 3 == 0) {
        assertFalse(child.knows(given.get(i)));
      } else {
        assertEquals(
            group(1000 + i, i % 2 == 0 ? "" : "cache=1MiB;under_vol=3", true),
            child.get(given.get(i), VolObject.class));
      }
    }
    for (int i = 0; i < 300; i++) {
      long handle = child.put(group(5000 + i, ""));
      assertFalse(given.contains(handle));
      given.add(handle);
      assertEquals(5000 + i, child.get(handle, VolObject.class).under().address());
    }
  }
}
