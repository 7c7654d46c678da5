/**
 * The sparse filter, by which the native connector encodes and decodes the chunks of a sparse
 * dataset, with or without this connector above it.
 */
package io.github.volsparse.filter;
