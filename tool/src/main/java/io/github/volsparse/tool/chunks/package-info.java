/**
 * The stored chunks of sparse and other datasets. They are read natively, without the connector, so
 * that reading continues after a damaged chunk.
 */
package io.github.volsparse.tool.chunks;
