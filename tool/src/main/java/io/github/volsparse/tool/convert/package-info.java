/**
 * Copies of whole files, in which some datasets are stored differently and everything else is
 * unchanged.
 *
 * <p>The source is visited group by group, links in their order, and every object is created in the
 * copy; a map has the copy of each. References to objects, in datasets and attributes, are written
 * last, with that map. Datasets that are not converted are copied by HDF5 as they are stored.
 * Memory: a chunk of each dataset, and a few words for each object.
 */
package io.github.volsparse.tool.convert;
