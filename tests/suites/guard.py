"""A pytest plugin for runs of other projects' suites: what a run must not get wrong about itself."""

import os

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Ends a child that a test forked and that escaped from it by an exception.

    It would go on with the rest of the suite, beside its parent and with its parent's connections.
    """
    process = os.getpid()
    try:
        return (yield)
    finally:
        if os.getpid() != process:
            os._exit(1)


def pytest_sessionfinish(session):
    """Notes whether the connector was at work, which has a JVM: compare.py holds it against what was to be."""
    if hasattr(session.config, "workerinput"):
        with open("/proc/self/maps") as maps, open(os.environ["VOL_SPARSE_AT_WORK"], "a") as note:
            note.write("yes\n" if "/libjvm.so" in maps.read() else "no\n")
