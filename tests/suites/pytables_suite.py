"""A pytest plugin that takes of what pytest finds in PyTables' tests what PyTables' own runner runs, and thins it.

pytest takes every class with tests for one to run, also the base classes that only share them. PyTables' runner has a
list. All of that list takes a quarter of an hour in three modes; PYTABLES_WHOLE=1 in the environment runs it.
"""

import os
import unittest

import tables.tests.test_suite

# Of modules that repeat the same tests for many filters, sizes and kinds of index: every so manieth test. The tests of
# a class are no multiple of it in number, so that one class leaves out what another one runs.
EVERY = {"test_queries": 16, "test_indexvalues": 11, "test_tables": 5, "test_indexes": 3}

LEFT_OUT = {
    "test_large_tables": "two thousand million rows through Blosc, which keeps a dataset native",
    "test_tables.ColumnIterationTestCase": "goes over a million numbers in Python",
    "test_timetype.CompareTestCase.test03b_Compare64EArray": "appends 65,000 rows one by one",
    "test_indexvalues.LastRowReuseBuffers.test01_nocache": "ten seconds for the same index as its two siblings",
}


def cases(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from cases(test)
        else:
            yield test


def thinned(items):
    """What is left of a list of tests, in its order."""
    seen = dict.fromkeys(EVERY, 0)
    for item in items:
        module = item.module.__name__.rpartition(".")[2]
        names = (module, f"{module}.{item.cls.__name__}", f"{module}.{item.cls.__name__}.{item.name}")
        if not LEFT_OUT.keys().isdisjoint(names):
            continue
        if module in EVERY:
            seen[module] += 1
            if seen[module] % EVERY[module]:
                continue
        yield item


def pytest_collection_modifyitems(config, items):
    suite = {(type(case), case._testMethodName) for case in cases(tables.tests.test_suite.suite())}
    kept = [item for item in items if (item.cls, item.name) in suite]
    if not os.environ.get("PYTABLES_WHOLE"):
        kept = list(thinned(kept))
    config.hook.pytest_deselected(items=list(set(items) - set(kept)))
    items[:] = kept
