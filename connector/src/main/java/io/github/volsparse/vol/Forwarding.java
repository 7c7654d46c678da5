package io.github.volsparse.vol;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/** Passes a callback on to the connector below, as its {@link Slot} says. */
final class Forwarding {
  private Forwarding() {}

  /** Passes a callback on. */
  static long forward(Slot slot, long[] arguments) {
    VolObject first = firstObject(slot, arguments);
    long result = callBelow(slot, first, arguments);
    if (slot.result.hasRequest()) {
      wrapRequest(arguments[arguments.length - 1], first);
    }
    return switch (slot.result) {
      case OBJECT -> result == 0 ? 0 : World.wrap(first, result);
      case CLOSED, RELEASED -> {
        if ((int) result >= 0) {
          World.handles().remove(arguments[0]);
        }
        yield result;
      }
      case STATUS, PLAIN -> result;
    };
  }

  /** The first of our objects among the arguments that is given. */
  private static VolObject firstObject(Slot slot, long[] arguments) {
    for (int at : slot.objectsAt) {
      if (arguments[at] != 0) {
        return World.object(arguments[at]);
      }
    }
    throw new IllegalArgumentException("HDF5 passed no object to " + slot);
  }

  /** Calls the function of the connector below with its own objects in place of ours. */
  static long callBelow(Slot slot, VolObject first, long[] arguments) {
    int at = slot.connectorAt;
    long[] words = new long[arguments.length + 1];
    System.arraycopy(arguments, 0, words, 0, at);
    System.arraycopy(arguments, at, words, at + 1, arguments.length - at);
    words[at] = first.under().connector();
    for (int object : slot.objectsAt) {
      if (words[object] != 0) {
        words[object] = World.object(words[object]).under().address();
      }
    }
    return slot.function.call(words);
  }

  /** Replaces a request of the connector below, if it made one, by ours. */
  static void wrapRequest(long request, VolObject from) {
    if (request != 0) {
      MemorySegment place = MemorySegment.ofAddress(request).reinterpret(JAVA_LONG.byteSize());
      long made = place.get(JAVA_LONG, 0);
      if (made != 0) {
        place.set(JAVA_LONG, 0, World.handles().put(from.reached(made)));
      }
    }
  }
}
