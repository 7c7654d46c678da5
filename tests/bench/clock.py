"""What a measurement is: the time on the wall and that of all threads of the process."""

import time
from contextlib import contextmanager


class Clock:
    """Adds up the time of the stretches it runs."""

    def __init__(self):
        self.wall = self.cpu = 0.0

    @contextmanager
    def running(self):
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.wall += time.perf_counter() - wall
            self.cpu += time.process_time() - cpu


def memory(field):
    """A line of /proc/self/status in bytes: VmRSS now, VmHWM at most so far."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))


def forget_peak():
    """Lets VmHWM begin anew from what is in use now."""
    with open("/proc/self/clear_refs", "w") as clear:
        clear.write("5")


def require_equal(got, expected, what):
    """Stops the measurement if a read did not give what the model says."""
    if got.shape != expected.shape or got.dtype != expected.dtype or not (got == expected).all():
        raise AssertionError(f"read something else than was written: {what}")
