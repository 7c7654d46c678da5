package io.github.volsparse.vol;

import io.github.volsparse.dataset.SparseDataset;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.UnderObject;

/**
 * Closes a dataset in the connector below, and opens it again for every handle of the program. So
 * that connector stores what it holds of the dataset, and clears its state.
 */
final class Reopening {
  private Reopening() {}

  /** Does it; the dataset has a link, without which it would be deleted. */
  static void of(SparseDataset dataset) {
    UnderObject root = Connectors.openRootOf(dataset.handle()); // which keeps the file open
    try {
      World.handles().replaceAll(object -> isHandleOf(object, dataset) ? closed(object) : object);
      World.handles()
          .replaceAll(object -> isHandleOf(object, dataset) ? opened(object, root) : object);
    } finally {
      Connectors.H5VLgroup_close(root);
    }
  }

  private static boolean isHandleOf(Object object, SparseDataset dataset) {
    return object instanceof VolObject held && held.sparse() == dataset;
  }

  /** A handle without an object below, which HDF5 refuses if the dataset cannot be opened again. */
  private static Object closed(Object object) {
    VolObject held = (VolObject) object;
    UnderObject none = new UnderObject(0, held.under().connector());
    held.sparse().replaceHandle(held.under(), none);
    Connectors.H5VLdataset_close(held.under());
    return held.with(none);
  }

  private static Object opened(Object object, UnderObject root) {
    VolObject held = (VolObject) object;
    SparseDataset dataset = held.sparse();
    UnderObject opened =
        Connectors.openByToken(root, dataset.key().token0(), dataset.key().token1());
    dataset.replaceHandle(held.under(), opened);
    return held.with(opened);
  }
}
