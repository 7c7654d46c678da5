package io.github.volsparse.stored;

/**
 * The entry of a stored chunk in HDF5's index ({@code H5Dget_chunk_info}).
 *
 * @param offset of its first element, in elements
 * @param filterMask the filters of the stored pipeline that were skipped, the first in bit 0
 * @param address where it is in the file, in bytes
 * @param size its bytes there
 */
public record ChunkInfo(long[] offset, int filterMask, long address, long size) {}
