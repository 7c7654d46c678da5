/**
 * What programs do with the elements and chunks of sparse datasets: one {@code H5Dwrite} or {@code
 * H5Dread} ({@link io.github.volsparse.transfer.Transfer}), the defined elements ({@link
 * io.github.volsparse.transfer.DefinedElements}), and direct chunk I/O as the program sees it
 * ({@link io.github.volsparse.transfer.ProgramChunks}).
 *
 * <p>A {@code Transfer} turns the dataspaces into runs, chunk by chunk, and copies between the
 * program's memory and the chunks of a {@link io.github.volsparse.dataset.SparseDataset}. It
 * declines what it does not handle, and the caller then lets the native connector do it, through
 * the filter.
 *
 * <p>Everything here runs on the thread of a callback and may call HDF5.
 */
package io.github.volsparse.transfer;
