"""How many requests the load generator begins in a second from one core, each at its time, against a server that
hardly does anything on the other core. Prints a line for each rate: what was asked for, what was done, how many of them
the generator itself began late (by more than 1 ms), and the latencies that it saw.

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


def run(rate, seconds, pipeline, cores, directory):
    server = subprocess.Popen(["taskset", "-c", str(cores[0]), str(BUILD / "tests/bench/answerer"), "LHR"],
                              stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline().split()[1])
        input_path, output_path = directory / "input.json", directory / "output.json"
        input_path.write_text(json.dumps(input_of(rate, seconds, port, pipeline)))
        subprocess.run(["taskset", "-c", str(cores[-1]), str(BUILD / "experiment/experiment-load"), str(input_path),
                        str(output_path)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    output = json.loads(output_path.read_text())
    done = (output["requests"] - output["failed"]) / output["simulated_s"]
    print(f"asked for {rate:7,}/s: {done:9,.0f}/s done, {output['failed']} failed, generator late with "
          f"{output['behind']['share']:.2%} (at most {output['behind']['max_us'] / 1000:.1f} ms), "
          f"p50 {quantile_ms(output, 0.5):.2f} ms, p99 {quantile_ms(output, 0.99):.2f} ms", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rates", metavar="RATE", nargs="*", type=int, default=RATES)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--pipeline", type=int, default=8)
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    print(f"load average {os.getloadavg()[0]:.1f} before; the server on core {cores[0]}, the generator on core {cores[-1]}")
    with tempfile.TemporaryDirectory(prefix="terrella-load-") as directory:
        for rate in options.rates:
            run(rate, options.seconds, options.pipeline, cores, Path(directory))


if __name__ == "__main__":
    sys.exit(main())
