/**
 * The sparse filter: how the native connector, with or without this one above it, encodes and
 * decodes the chunks of a sparse dataset.
 */
package io.github.volsparse.filter;
