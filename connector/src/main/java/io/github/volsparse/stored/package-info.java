/**
 * Chunks as they are in the file, what HDF5 says of datasets, and what works around HDF5.
 *
 * <p>Knows nothing of the cache or of the state of a dataset. Everything here runs on the thread of
 * a callback and may call HDF5.
 */
package io.github.volsparse.stored;
