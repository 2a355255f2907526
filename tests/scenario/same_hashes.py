#!/usr/bin/env python3
"""Two builds of the simulator, one of them with another memory layout, play the same seeds alike.

same_hashes.py PROGRAM OTHER FIRST COUNT STEPS"""

import subprocess
import sys


def hashes(program, arguments):
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()


def main():
    program, other, *arguments = sys.argv[1:]
    ours, theirs = hashes(program, arguments), hashes(other, arguments)
    if len(set(line.split()[2] for line in ours)) != len(ours):
        sys.exit("seeds that differ play alike: the hash tells nothing")
    for one, two in zip(ours, theirs, strict=True):
        if one != two:
            sys.exit(f"the two builds differ:\n  {one}\n  {two}")
    print(f"{len(ours)} seeds, the same in both builds")


main()
