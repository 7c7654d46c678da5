package io.github.volsparse.stored;

import java.lang.foreign.MemorySegment;

/**
 * A chunk as it is stored.
 *
 * @param bytes the file's bytes, in memory that holds them until the next read
 * @param filterMask the filters of the pipeline that were skipped, the first in bit 0
 */
public record RawChunk(MemorySegment bytes, int filterMask) {}
