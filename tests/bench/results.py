"""What was measured, to be asked for by its description."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Times:
    """Seconds of several runs."""

    seconds: list[float]

    @property
    def median(self):
        return median(self.seconds)

    def __str__(self):
        """Median and range, in milliseconds."""
        low, middle, high = (1000 * s for s in (min(self.seconds), self.median, max(self.seconds)))
        digits = 0 if middle >= 99.5 else 1 if middle >= 9.95 else 2
        return f"{middle:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


class Point:
    """One operation of one work in one storage."""

    def __init__(self, entry):
        self.entry = entry

    def __getattr__(self, name):
        try:
            return self.entry[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def warm_times(self):
        return Times([wall for wall, _ in self.entry["warm"]])

    @property
    def cold_times(self):
        return Times([wall for wall, _ in self.entry["cold"]])

    @property
    def warm_cpu(self):
        """Seconds of the processor, of all threads."""
        return median(cpu for _, cpu in self.entry["warm"])


class Results:
    def __init__(self, results):
        self.parts = {name: part for name, part in results.items() if name != "machine"}
        self.machine = results.get("machine", {})

    def has(self, *parts):
        return all(part in self.parts for part in parts)

    def all(self, part, work=None, operation=None, storage=None, host="h5py", **args):
        """The points of that description, in the order in which they were measured."""
        return [
            Point(entry)
            for entry in self.parts[part]["points"]
            if (work is None or entry["work"] == work)
            and (operation is None or entry["operation"] == operation)
            and (storage is None or entry["storage"] == storage)
            and entry["host"] == host
            and all(entry["args"].get(name, DEFAULTS.get(name)) == value for name, value in args.items())
        ]

    def one(self, part, work, operation, storage, host="h5py", **args):
        found = self.all(part, work, operation, storage, host, **args)
        if not found:
            raise LookupError(f"not measured: {part} {work} {operation} {storage} {host} {args}")
        return found[0]

    def programs(self, program, file, storage):
        """Seconds of whole programs."""
        return next(
            Times([wall for wall, _ in entry["times"]])
            for entry in self.parts["startup"]["points"]
            if (entry["program"], entry["file"], entry["storage"]) == (program, file, storage)
        )

    def processor(self, program, file, storage):
        """Seconds of the processor that whole programs take, of all their threads."""
        return next(
            Times([cpu for _, cpu in entry["times"]])
            for entry in self.parts["startup"]["points"]
            if (entry["program"], entry["file"], entry["storage"]) == (program, file, storage)
        )

    def latencies(self, storage):
        """Milliseconds from the flush of each frame to its arrival, in order; those of a process that is warm."""
        (times,) = [p["times"] for p in self.parts["latency"]["points"] if p["storage"] == storage]
        return sorted(times[len(times) // 5 :])

    def memory(self, program, storage):
        """The bytes of memory a program takes."""
        return next(
            entry["memory"]
            for entry in self.parts["memory"]["points"]
            if (entry["program"], entry["storage"]) == (program, storage)
        )

    def memory_programs(self):
        """The programs whose memory was measured."""
        return list(dict.fromkeys(entry["program"] for entry in self.parts["memory"]["points"]))


# What the arguments of a work are where a point does not name them.
DEFAULTS = {"separate": False, "coverage": 10, "to_device": False, "at_once": False}
