/**
 * The file driver: what was flushed stays as it is until the next flush, whatever ends the program.
 *
 * <p>What lies beyond the end that a file had when it was flushed last goes straight to the file.
 * What would overwrite flushed bytes is held ({@link io.github.volsparse.driver.Overlay}). A flush
 * writes what is held into a journal beside the file, marks the file, puts the bytes where they
 * belong, takes the mark away and removes the journal ({@link io.github.volsparse.driver.Commit}).
 * A file with the mark is one whose journal is whole and has to be applied ({@link
 * io.github.volsparse.driver.Recovery}).
 *
 * <p>Overlay, journal, commit and recovery know no HDF5. They work on {@link
 * io.github.volsparse.driver.Disk}s.
 */
package io.github.volsparse.driver;
