"""How many requests the load generator begins in a second from one core, each at its time, against a server that
hardly does anything on the other core. Prints a line for each rate: what was asked for, what was done, how many of them
the generator itself began late (by more than 1 ms), and the latencies that it saw. scripts/bench has its row of it.

    python3 tests/bench/load.py [--seconds S] [--pipeline N] [RATE...]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("TERRELLA_BUILD") or PROJECT / "build")
RATES = (10_000, 25_000, 50_000, 75_000, 100_000)
CONNECTION_COUNT_MAX = 64
PIPELINE_MAX = 8

TARGET = 50_000
LATE_SHARE_MAX = 0.01  # more, and the generator is what limits


def input_of(rate, seconds, port, pipeline):
    region = {"code": "LHR", "city": "London", "country": "GB", "lat": 51.5, "lon": 0, "hint": "weur", "hosts": True,
              "jurisdictions": []}
    return {
        "format": 1, "experiment": "load", "variant": str(rate), "seed": 1,
        "topology": {"name": "one", "time_scale": 1, "regions": [region], "rtt_ms": [[0.1]], "jitter": {"kind": "none"}},
        "coordinator": {"region": "LHR", "check": {"kind": "none"}},
        "workload": {"duration_s": seconds, "arrivals": {"kind": "poisson", "rate_per_s": rate},
                     "objects": {"count": 100_000}, "request_bytes": 0, "response_bytes": 5},
        "engine": {"kind": "processes", "ports": {"LHR": port}, "connections_max": CONNECTION_COUNT_MAX,
                   "pipeline_max": pipeline}}


def quantile_ms(output, share):
    buckets = [bucket for row in output["latency"] for bucket in row["histogram"]]
    total, seen = sum(count for _, count in buckets), 0
    for upper_us, count in buckets:
        seen += count
        if seen >= share * total:
            return upper_us / 1000
    return 0.0


def run(rate, seconds, server_cores, client_cores, pipeline=PIPELINE_MAX):
    """What the generator measured (its OUTPUT.json). Cores as for taskset -c."""
    server = subprocess.Popen(["taskset", "-c", server_cores, str(BUILD / "tests/bench/answerer"), "LHR"],
                              stdout=subprocess.PIPE, text=True)
    with tempfile.TemporaryDirectory(prefix="terrella-load-") as directory:
        try:
            input_path, output_path = Path(directory) / "input.json", Path(directory) / "output.json"
            port = int(server.stdout.readline().split()[1])
            input_path.write_text(json.dumps(input_of(rate, seconds, port, pipeline)))
            subprocess.run(["taskset", "-c", client_cores, str(BUILD / "experiment/experiment-load"), str(input_path),
                            str(output_path)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
            return json.loads(output_path.read_text())
        finally:
            server.kill()
            server.wait()
            server.stdout.close()


def done_per_s(output):
    return (output["requests"] - output["failed"]) / output["simulated_s"]


def row(rounds, seconds, server_cores, client_cores):
    """The generator's line of the table of scripts/bench, and whether it keeps up with its target: in the best of so many rounds."""
    if not (BUILD / "experiment/experiment-load").exists():
        return "| the load generator of experiments, from one core | not built | | | |", True
    best = min((run(TARGET, seconds, server_cores, client_cores) for _ in range(rounds)), key=lambda output: output["behind"]["share"])
    late = best["behind"]["share"]
    is_met = late <= LATE_SHARE_MAX and best["failed"] == 0
    return (f"| the load generator of experiments, from one core | {done_per_s(best):,.0f} ({quantile_ms(best, 0.99):.1f} ms), "
            f"{late:.2%} late | | | {TARGET:,} without limiting: {'met' if is_met else 'MISSED'} |"), is_met


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rates", metavar="RATE", nargs="*", type=int, default=RATES)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--pipeline", type=int, default=PIPELINE_MAX)
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    print(f"load average {os.getloadavg()[0]:.1f} before; the server on core {cores[0]}, the generator on core {cores[-1]}")
    for rate in options.rates:
        output = run(rate, options.seconds, str(cores[0]), str(cores[-1]), options.pipeline)
        print(f"asked for {rate:7,}/s: {done_per_s(output):9,.0f}/s done, {output['failed']} failed, generator late with "
              f"{output['behind']['share']:.2%} (at most {output['behind']['max_us'] / 1000:.1f} ms), "
              f"p50 {quantile_ms(output, 0.5):.2f} ms, p99 {quantile_ms(output, 0.99):.2f} ms", flush=True)


if __name__ == "__main__":
    sys.exit(main())
