"""The hub-graph model, against figures that were computed when it was fitted."""

import time
import unittest

import support  # noqa: F401
from terrella.latency import INSIDE_REGION_MS, Model, Place, distance_km
from terrella.topology import load_cities

PAIRS = """
SJC IAD 70.4   SJC GRU 166.1  SJC LHR 140.7  SJC WAW 164.8  SJC SIN 173.6  SJC SYD 151.6  SJC JNB 292.7
SJC DXB 231.9  IAD GRU 104.9  IAD LHR 78.1   IAD WAW 102.1  IAD SIN 225.6  IAD SYD 214.7  IAD JNB 229.6
IAD DXB 169.3  GRU LHR 166.2  GRU WAW 190.2  GRU SIN 321.3  GRU SYD 304.9  GRU JNB 326.5  GRU DXB 257.3
LHR WAW 31.3   LHR SIN 170.6  LHR SYD 270.4  LHR JNB 167.6  LHR DXB 100.7  WAW SIN 179.6  WAW SYD 279.5
WAW JNB 183.2  WAW DXB 109.8  SIN SYD 107.0  SIN JNB 153.5  SIN DXB 83.3   SYD JNB 253.3  SYD DXB 183.1
JNB DXB 101.1  MAD AKL 269.0
EWR SIN 229.3   DFW EWR 45.2    AMS CGK 183.0   SIN KIX 69.1    SJC CDG 143.9   LAX DFW 44.9    ZRH KIX 224.7
LAX KIX 119.2   LHR CGK 181.6   VIE MEL 262.4   SJC HKG 142.0   FRA WAW 22.1    ORD DXB 183.4   SEA TLV 184.1
LAX MXP 154.9   MAD HKG 199.1   CDG NBO 129.0   SJC BOM 225.2   ATL BNE 217.6   LAX ARN 163.0   MXP VIE 17.3
MAD LIS 15.3    SJC NRT 107.1   MXP SCL 203.7   DEN MXP 130.6   ATL CDG 95.0    ARN SIN 187.0   WAW TLV 52.4
"""


def expected():
    words = PAIRS.split()
    return [(words[i], words[i + 1], float(words[i + 2])) for i in range(0, len(words), 3)]


class ModelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.model = Model()
        cls.cities = load_cities()

    def rtt(self, a, b):
        return self.model.matrix_ms([self.cities[a], self.cities[b]])[0][1]

    def test_known_pairs(self):
        for a, b, ms in expected():
            with self.subTest(pair=f"{a}-{b}"):
                self.assertAlmostEqual(self.rtt(a, b), ms, delta=0.06)

    def test_matrix_is_symmetric_with_the_round_trip_inside_a_region(self):
        rtt = self.model.matrix_ms([self.cities[code] for code in ("LHR", "SYD", "GRU")])
        for a in range(3):
            self.assertEqual(rtt[a][a], INSIDE_REGION_MS)
            for b in range(3):
                self.assertEqual(rtt[a][b], rtt[b][a])

    def test_never_faster_than_light_in_fibre(self):
        cities = list(self.cities.values())
        rtt = self.model.matrix_ms(cities)
        for a, city_a in enumerate(cities):
            for b in range(a):
                self.assertGreaterEqual(rtt[a][b], self.model.physics_ms(city_a, cities[b]))

    def test_the_physics_bound_is_what_is_left_where_the_graph_has_a_short_cut(self):
        """Two places that share a hub, far from it on the same side of a longer straight line."""
        model = Model()
        model.endpoint_ms = 0
        model.slack = dict.fromkeys(model.slack, 0)
        model.corridors = {hub: [(other, 0) for other, _ in corridors] for hub, corridors in model.corridors.items()}
        self.assertEqual(model.matrix_ms([self.cities["LHR"], self.cities["SYD"]])[0][1],
                         model.physics_ms(self.cities["LHR"], self.cities["SYD"]))

    def test_places_far_from_every_hub_are_reached(self):
        pole, sydney = Place(-90, 0), self.cities["SYD"]
        self.assertGreater(self.model.matrix_ms([pole, sydney])[0][1], self.model.physics_ms(pole, sydney))

    def test_distance(self):
        self.assertAlmostEqual(distance_km(self.cities["MAD"], self.cities["AKL"]), 19596, delta=1)
        self.assertAlmostEqual(distance_km(Place(0, 0), Place(0, 180)), 20015, delta=1)
        self.assertEqual(distance_km(Place(12, 34), Place(12, 34)), 0)

    def test_a_planet_is_quick(self):
        started = time.process_time()
        Model().matrix_ms(list(self.cities.values()))
        self.assertLess(time.process_time() - started, 1)  # it takes 20 ms


if __name__ == "__main__":
    unittest.main()
