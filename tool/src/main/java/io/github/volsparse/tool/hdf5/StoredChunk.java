package io.github.volsparse.tool.hdf5;

/**
 * A chunk that has storage in the file.
 *
 * @param offset its first element in the dataset
 * @param filterMask the filters of the pipeline that were skipped, the first in bit 0
 * @param address where it is in the file, in bytes behind the user block
 * @param bytes how many bytes it takes there
 */
public record StoredChunk(long[] offset, int filterMask, long address, long bytes) {}
