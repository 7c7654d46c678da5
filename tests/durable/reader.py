"""Reads files whose names come on standard input, and prints what programs.digest says of each, or what went wrong."""

import sys

import programs

for line in sys.stdin:
    try:
        print(programs.read(line.strip()), flush=True)
    except Exception as e:
        print("error", repr(e).replace("\n", " "), flush=True)
