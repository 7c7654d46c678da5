/**
 * Copies of whole files, in which some datasets are stored another way and all else is as it was.
 *
 * <p>The source is walked group by group, links in their order, and every object is made anew in
 * the copy; a map tells where each one went. What refers to objects (references in datasets and
 * attributes) is written last, by that map. Datasets that are not converted are copied by HDF5 as
 * they are stored. Memory: a chunk of each dataset, and a few words for each object.
 */
package io.github.volsparse.tool.convert;
