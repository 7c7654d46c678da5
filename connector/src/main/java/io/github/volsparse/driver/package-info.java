/**
 * The file driver: flushed data stay unchanged until the next flush, however the program ends.
 *
 * <p>Bytes beyond the end of the file at the last flush go directly to the file. Bytes that would
 * overwrite flushed ones are held ({@link io.github.volsparse.driver.Overlay}). A flush writes the
 * held bytes into a journal in the folder of the file, marks the file, writes the bytes to their
 * places, removes the mark and removes the journal ({@link io.github.volsparse.driver.Commit}). A
 * file with the mark has a complete journal that must be applied ({@link
 * io.github.volsparse.driver.Recovery}).
 *
 * <p>Overlay, journal, commit and recovery are independent of HDF5. They work on {@link
 * io.github.volsparse.driver.Disk}s.
 */
package io.github.volsparse.driver;
