"""What the tests of fork() share: work in a forked child, whose results come back, and whose hanging is a failure."""

import os
import pickle
import signal
import traceback

# A child that has not ended by then hangs, and is ended by SIGALRM.
SECONDS = 60


class ChildFailed(Exception):
    """The work of a child raised an exception, or its process ended otherwise than it should."""


class Child:
    """A child made by os.fork() that does some work.

    It ends by os._exit, as those of multiprocessing do, or as the work says by returning a number in
    an Exit.
    """

    def __init__(self, work, *args):
        read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(read)
            signal.alarm(SECONDS)
            try:
                answer = (True, work(*args))
            except BaseException:
                answer = (False, traceback.format_exc())
            with os.fdopen(write, "wb") as pipe:
                pickle.dump(answer, pipe)
            os._exit(0)
        os.close(write)
        self.pipe = os.fdopen(read, "rb")

    def result(self):
        """What the work returned. Raises what went wrong."""
        said = self.pipe.read()
        self.pipe.close()
        _, status = os.waitpid(self.pid, 0)
        if status != 0 or not said:
            what = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"status {status}"
            raise ChildFailed(f"a child ended by {what}, and left {len(said)} bytes")
        done, value = pickle.loads(said)
        if not done:
            raise ChildFailed(value)
        return value


def in_child(work, *args):
    """Does work in a forked child and returns its result."""
    return Child(work, *args).result()


if __name__ == "__main__":
    # The long run of test_fork.py: forks.py COUNT, in an empty folder, with the environment of dist/env.sh.
    import random
    import sys

    import test_fork

    seed = int(os.environ.get("VOL_SPARSE_SEED") or random.SystemRandom().randrange(1 << 31))
    print(f"VOL_SPARSE_SEED={seed}", flush=True)
    print(test_fork.stress_forks(int(sys.argv[1]), seed), flush=True)
    for mode in ("own", "inherited", "unwritten"):
        test_fork.pool_of_four(mode, seed)
        print(f"pool of four, {mode}: done", flush=True)
