"""What each process is told at its start."""

import tempfile
import unittest

import support
from terrella.config import process_configs
from terrella.data import Data
from terrella.mistakes import Mistakes
from terrella.namespaces import find_spaces
from terrella.topology import read_topology
from terrella.wrangler import read_workers


def configs_of(topology, time_scale=None, routes=()):
    mistakes = Mistakes()
    workers = read_workers([support.PROJECT / "examples" / "counter"], None, mistakes)
    with tempfile.TemporaryDirectory() as directory:
        return process_configs(read_topology(topology, time_scale), workers, find_spaces(workers, mistakes),
                               ["/run/counter.js"], {"id": "00" * 16, "key": "11" * 32}, Data(directory), 8700, routes)


class ConfigTest(unittest.TestCase):
    def test_every_process_gets_its_own_part(self):
        configs = configs_of("continents")
        self.assertEqual(list(configs), ["coordinator", "SJC", "IAD", "GRU", "LHR", "WAW", "SIN", "SYD", "JNB", "DXB"])
        sydney = configs["SYD"]
        self.assertEqual((sydney["role"], sydney["region"], sydney["http_port"], sydney["admin_port"]),
                         ("node", "SYD", 8707, 9306))
        self.assertEqual(sydney["topology"]["regions"][6]["url"], "tcp://127.0.0.1:9006")
        self.assertEqual(sydney["coordinator"]["url"], "tcp://127.0.0.1:8999")
        self.assertEqual(sydney["workers"], [{"name": "counter", "bundle": "/run/counter.js", "vars": {},
                                              "cpu_limit_ms": 1000, "bindings": [{"name": "COUNTER", "space": 0}]}])
        self.assertEqual(sydney["spaces"], [{"unique_key": "counter-Counter", "class_name": "Counter", "worker": 0, "sqlite": True}])
        coordinator = configs["coordinator"]
        self.assertEqual((coordinator["region"], coordinator["admin_port"]), ("IAD", 9309))
        self.assertIs(coordinator["coordinator"]["push"], False)
        self.assertFalse({"http_port", "workers", "spaces", "routes"} & coordinator.keys())
        self.assertEqual(len({config["seed"] for config in configs.values()}), 10)

    def test_routes_only_where_there_are_some(self):
        self.assertNotIn("routes", configs_of("duo")["MAD"])
        self.assertEqual(configs_of("duo", routes=[("*/api/*", 0)])["MAD"]["routes"], [{"pattern": "*/api/*", "worker": 0}])

    def test_no_two_processes_share_a_port(self):
        configs = configs_of("planet")
        ports = [config[name] for config in configs.values() for name in ("http_port", "admin_port") if name in config]
        ports += [int(region["url"].rsplit(":", 1)[1]) for region in configs["IAD"]["topology"]["regions"]]
        ports.append(int(configs["IAD"]["coordinator"]["url"].rsplit(":", 1)[1]))
        self.assertEqual(len(set(ports)), len(ports))

    def test_time_scale_shrinks_all_times_alike(self):
        full, tenth = (configs_of("continents", scale)["SYD"] for scale in (1, 0.1))
        self.assertAlmostEqual(tenth["coordinator"]["check"]["ms"], full["coordinator"]["check"]["ms"] / 10, places=3)
        self.assertAlmostEqual(tenth["topology"]["rtt_ms"][0][6], full["topology"]["rtt_ms"][0][6] / 10, places=3)
        self.assertEqual(full["topology"]["jitter"], {"kind": "lognormal", "mean_ms": 0.2, "sigma": 0.9,
                                                      "spike_probability": 0.0001, "spike_low_ms": 5, "spike_high_ms": 50})
        self.assertEqual(tenth["topology"]["jitter"], {"kind": "lognormal", "mean_ms": 0.02, "sigma": 0.9,
                                                       "spike_probability": 0.0001, "spike_low_ms": 0.5,
                                                       "spike_high_ms": 5})
        self.assertEqual(full["limits"], {"fetch_deadline_ms": 30000, "peer_wait_ms": 2000, "object_idle_ms": 10000, "object_block_ms": 30000,
                                          "probe_interval_ms": 500, "probe_timeout_ms": 5000, "body_stall_ms": 60000})
        self.assertEqual(tenth["limits"], {"fetch_deadline_ms": 3000, "peer_wait_ms": 200, "object_idle_ms": 1000, "object_block_ms": 3000,
                                           "probe_interval_ms": 50, "probe_timeout_ms": 500, "body_stall_ms": 6000})
        self.assertEqual((full["workers"], tenth["topology"]["time_scale"]), (tenth["workers"], 0.1))

    def test_deadlines_leave_room_for_processor_time(self):
        limits = configs_of("continents", 0.001)["SYD"]["limits"]
        self.assertEqual(limits["fetch_deadline_ms"], 1000)
        self.assertGreaterEqual(limits["probe_timeout_ms"], limits["probe_interval_ms"])


if __name__ == "__main__":
    unittest.main()
