/**
 * From an HDF5 dataspace selection to runs of elements.
 *
 * <p>A read or a write has two selections of equal size, one in the file's dataspace and one in
 * memory. Their elements correspond by <em>ordinal</em>, the number of an element in the order of
 * its selection. This package answers two questions:
 *
 * <ul>
 *   <li>which chunks does the file selection touch, and what does it select in each ({@link
 *       io.github.volsparse.selection.Selection#forEachChunk forEachChunk}, a {@link
 *       io.github.volsparse.selection.ChunkRuns ChunkRuns} for every chunk of a {@link
 *       io.github.volsparse.selection.ChunkGrid ChunkGrid});
 *   <li>where in memory are those elements ({@link io.github.volsparse.selection.Pairing Pairing},
 *       which joins the two sides).
 * </ul>
 *
 * <p>A selection is a {@link io.github.volsparse.selection.Hyperslab Hyperslab} when it is regular,
 * and {@link io.github.volsparse.selection.Sequences Sequences} when it is an irregular union or a
 * list of points. A hyperslab is never enumerated element by element: its work and its memory grow
 * with the runs and chunks it touches, whatever the extent.
 *
 * <p>Everything is counted in elements, never in bytes; linear offsets and positions are row-major
 * (the last dimension varies fastest); {@code scaled} coordinates are HDF5's name for the
 * coordinates of a chunk counted in chunks. A dataspace may hold up to 2<sup>63</sup>-1 elements.
 * The package is pure Java and independent of the HDF5 library.
 */
package io.github.volsparse.selection;
