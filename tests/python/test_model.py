"""Thousands of random operations on a native file and on a sparse one, compared after every step.

VOL_SPARSE_SEED=... repeats a run.
"""

import model
import pytest
from harness import (
    configured,
    filter_environment,
)

PROGRAMS = 4
STEPS = 1500
MODES = {
    "sparse": {},
    "layout-all": configured(layout="all"),
    "no-cache": configured(cache="1000", codec="none"),
}


def first_difference(native, sparse):
    for index, (then, now) in enumerate(zip(native, sparse, strict=False)):
        if then != now:
            before = "\n".join(native[max(0, index - 12) : index])
            return f"after these steps:\n{before}\nnative: {then}\nsparse: {now}"
    return f"the logs have {len(native)} and {len(sparse)} lines"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("program", range(PROGRAMS))
def test_random_program(twins, seed, program, mode):
    ours = [seed, program, list(MODES).index(mode)]
    native = twins.run_native(model.run, ours, STEPS, timeout=300).value
    sparse = twins.run_sparse(model.run, ours, STEPS, more_env=MODES[mode], timeout=300).value
    assert native == sparse, f"VOL_SPARSE_SEED={seed}\n{first_difference(native, sparse)}"
    assert sum("Error" in line for line in native) < STEPS // 10, "too little was done"
    end = twins.run_native(model.look).value
    assert end == twins.run_sparse(model.look).value
    with_filter = filter_environment()
    assert end == twins.run_native(model.look, cwd=twins.sparse, env=with_filter).value
