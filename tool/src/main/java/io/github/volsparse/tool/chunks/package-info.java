/**
 * The chunks of datasets as they are stored, sparse ones and others: read natively, without the
 * connector, so that a damaged chunk is no obstacle to the next one.
 */
package io.github.volsparse.tool.chunks;
