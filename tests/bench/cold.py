#!/usr/bin/env python3
"""The first request to a cold node: tests/bench/cold.py [RUNS]

Starts a node again and again on its data; once it says that it is ready, one request goes through a Worker into an
object, then a second one. Prints milliseconds."""

import statistics
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "process"), str(Path(__file__).parents[2] / "scripts")]
from cluster import Cluster, exchange  # noqa: E402


def main(runs):
    cluster = Cluster(regions=("IAD",), coordinator="IAD", worker="examples/counter").when_linked()
    node, first, second, ready = cluster["IAD"], [], [], []
    try:
        for _ in range(runs):
            node.kill()
            begun = time.monotonic()
            node.start()
            ready.append(1000 * (time.monotonic() - begun))
            first.append(1000 * exchange(node.http_port, "/lobby").seconds)
            second.append(1000 * exchange(node.http_port, "/lobby").seconds)
    finally:
        cluster.close()
    for name, times in (("start until ready", ready), ("first request", first), ("second request", second)):
        print(f"{name:<18} median {statistics.median(times):6.1f} ms, worst {max(times):6.1f} ms of {len(times)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
