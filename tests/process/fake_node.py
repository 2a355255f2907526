"""Stands in for a node or the coordinator in tests of scripts/cluster: serves the status port and,
for a node, answers users' requests like examples/counter, without any distance.

    fake_node.py [--fail TEXT | --refuse WHY | --hang | --ignore-term | --planet] CONFIG.json

A behaviour may be limited to one region: --only CODE. A planet may be wrong: --two-instances (of each
object, for the coordinator) or --no-check (nobody waits for the coordinator's check, for nodes).
"""

import hashlib
import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

from fake_planet import Brain, Planet


def behaviour(arguments):
    """The options as a dictionary, without those that are meant for another process."""
    options = {}
    while arguments and arguments[0].startswith("--"):
        name = arguments.pop(0)[2:]
        options[name] = arguments.pop(0) if name in ("fail", "refuse", "only") else True
    with open(arguments[0], encoding="utf-8") as file:
        config = json.load(file)
    code = "coordinator" if config["role"] == "coordinator" else config["region"]
    return config, options if options.get("only", code) == code else {}


def main():
    config, options = behaviour(sys.argv[1:])
    if "fail" in options:
        print("INFO  starting", file=sys.stderr)
        print(f"ERROR {options['fail']}", file=sys.stderr)
        sys.exit(1)
    brain, planet = Brain(options), None
    if "planet" in options and config["role"] == "node":
        # The coordinator's status port is the one after those of the regions.
        config["brain_port"] = 1 + max_admin_port(config)
        planet = Planet(config, options)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, signal.SIG_IGN if "ignore-term" in options else lambda *_: stopped.set())

    class Quiet(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_):
            pass

        def answer(self, status, value, headers=()):
            body = json.dumps(value).encode()
            self.send_response(status)
            for name, text in headers:
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    class Admin(Quiet):
        def do_GET(self):
            url = urlparse(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
            if url.path == "/status":
                self.answer(200, status(config, options))
            elif url.path == "/where" and "space" in query:
                home = planet.known.get(query["name"]) if planet else config["region"]
                self.answer(200, {"id": query.get("id") or hashlib.sha256(query["name"].encode()).hexdigest(),
                                  "kind": "named", "home": home, "arbiter": "coordinator"})
            elif url.path == "/use":
                self.answer(200, brain.use(query["name"], query["home"]))
            elif url.path == "/home":
                self.answer(200, {"home": brain.home(query["name"])})
            else:
                self.answer(404, {"error": f"there is no {url.path}"})

        def do_POST(self):  # only /faults
            faults = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            print(f"INFO  faults {json.dumps(faults)}", file=sys.stderr, flush=True)
            self.answer(200, faults)

    class Users(Quiet):
        def do_GET(self):
            if planet:
                self.answer(200, planet.get(self.path))
                return
            print(json.dumps({"time": "2026-01-31T12:00:00.000Z", "from": config["region"], "level": "info", "text": self.path}),
                  file=sys.stderr, flush=True)
            if self.path == "/fail":
                self.answer(500, "Internal Server Error", [("Server-Timing", f'request;desc="{config["region"]}-7"')])
                return
            self.answer(200, {"path": self.path, "worker": {"colo": config["region"]}},
                        [("Server-Timing", 'run;dur=0.3, network;dur=12.5;desc="far, and back"')])

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(201, {"body": body.decode(), "x": self.headers["X-Test"]})

    servers = [ThreadingHTTPServer(("127.0.0.1", config["admin_port"]), Admin)]
    if config["role"] == "node":
        servers.append(ThreadingHTTPServer(("127.0.0.1", config["http_port"]), Users))
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"INFO  {config['region']} is up", file=sys.stderr, flush=True)
    stopped.wait()


def max_admin_port(config):
    codes = [region["code"] for region in config["topology"]["regions"]]
    return config["admin_port"] - codes.index(config["region"]) + len(codes) - 1


def status(config, options):
    state, why = ("refused", options["refuse"]) if "refuse" in options else \
        ("starting", "") if "hang" in options else ("ready", "")
    return {"role": config["role"], "region": config["region"], "state": state, "why": why, "pid": os.getpid(),
            "boot": 1, "number": 1, "objects": 3, "claims_decided": 4, "instances": 2, "cache_entries": 5, "requests": 7,
            "messages": {"sent": {}, "received": {}}, "peers": [], "rss_bytes": 30 << 20}


if __name__ == "__main__":
    main()
