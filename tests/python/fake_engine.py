"""Stands for experiment-sim: makes figures up from the input, always the same ones.

FAKE_ENGINE_LOG: a file that gets a line "LABEL SEED" for each run. FAKE_ENGINE_STOP: the seed at which it never ends;
FAKE_ENGINE_FAIL: the seed at which it fails.
"""

import json
import os
import signal
import sys
from pathlib import Path

KINDS = {"unique_first": 2, "name_first": 400, "cached_local": 1, "cached_remote": 90, "uncached": 300, "failed": 30}


def output_of(given):
    seed, codes = given["seed"], [region["code"] for region in given["topology"]["regions"]]
    slower = len(given["variant"]) % 7

    def latency(region, kind, ms):
        us = round(ms * 1000 * (1 + slower / 10 + seed / 1000) + codes.index(region))
        return {"region": region, "kind": kind, "count": 100, "mean_us": us, "max_us": us, "histogram": [[us // 2, 50], [us, 50]],
                "parts_us": {"queue": 0, "claim": us // 2, "check": us // 4, "forward": us // 5, "service": 1}}

    rows = [{"at_s": at_s, "requests": 10 + at_s % 7, "failed": 0, "p50_us": 1, "p99_us": 2, "claims": 1,
             "by_region": [1 + (at_s // 10 + i) % 5 for i in range(len(codes))], "moved_bytes": 1} for at_s in range(0, 200, 10)]
    return {
        "format": 1, "experiment": given["experiment"], "variant": given["variant"], "seed": seed, "engine": "sim",
        "input_sha256": "", "version": {"terrella": "0", "commit": given["commit"]}, "simulated_s": 100.0, "wall_s": 0.1,
        "events": 1, "peak_rss_bytes": 1, "requests": 600 * len(codes), "failed": 100 * len(codes),
        "behind": {"share": 0.0, "max_us": 0},
        "regions": [{**region, "objects": 1, "requests": 1, "hosted_requests": 1} for region in given["topology"]["regions"]],
        "rtt_ms": given["topology"]["rtt_ms"],
        "coordinator": {"region": codes[0], "claims": 500, "locates": 0, "peak_claims_per_s": 9, "pending_max": 1},
        "latency": [latency(code, kind, ms) for code in codes for kind, ms in KINDS.items()],
        "pairs": [{"from": codes[0], "to": codes[-1], "messages": 10, "bytes": 1000, "requests": 1}],
        "cache": {"hits": 3, "misses": 1, "evictions": 0, "by_region": []},
        "regret": {"objects": 10, "mean_us": 5000 + 100 * seed, "p50_us": 1, "p99_us": 9000, "histogram": [[9000, 10]],
                   "best_mean_us": 10000, "actual_mean_us": 15000},
        "timeline": {"bucket_s": 10, "rows": rows}, "faults": given["faults"],
        "invariants": {"I8": {"checked": 1, "broken": 0}, "I10": {"checked": 1, "broken": 0}},
    }


def main(input_path, output_path):
    given = json.loads(Path(input_path).read_text())
    if log := os.environ.get("FAKE_ENGINE_LOG"):
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{given['variant']} {given['seed']}\n")
    if os.environ.get("FAKE_ENGINE_STOP") == str(given["seed"]):
        signal.pause()
    if os.environ.get("FAKE_ENGINE_FAIL") == str(given["seed"]):
        sys.exit("no way")
    Path(output_path).write_text(json.dumps(output_of(given)))


if __name__ == "__main__":
    main(*sys.argv[1:])
