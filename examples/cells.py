"""AnnData with a dense matrix of counts, used in backed mode: genes and cells are read as they are asked for.

AnnData writes a dense X without chunks. With the option layout=all vol-sparse stores it sparsely all the same.
"""

import anndata
import numpy as np
import pandas as pd

from compare import compare, step

CELLS, GENES = 3000, 3000


def program():
    random = np.random.default_rng(11)
    counts = random.poisson(0.04 * random.exponential(1, (1, GENES)), (CELLS, GENES)).astype("f4")
    data = anndata.AnnData(
        counts,
        obs=pd.DataFrame(index=[f"cell{i}" for i in range(CELLS)]),
        var=pd.DataFrame(index=[f"gene{i}" for i in range(GENES)]),
    )
    with step("write"):
        data.write_h5ad("cells.h5ad")

    with step("100 cells"):
        backed = anndata.read_h5ad("cells.h5ad", backed="r")
        some = [float(backed.X[i].sum()) for i in range(0, CELLS, CELLS // 100)]
    with step("all"):
        everything = float(backed.X[...].sum(dtype="f8"))
        backed.file.close()
    return some, everything


if __name__ == "__main__":
    compare("AnnData with a dense X in backed mode", program, "layout=all")
