"""Several Workers in one cluster: who answers, and who may use which objects."""

import unittest

from cluster import own_cluster
from written_worker import bound, directory_for, get, migrated, write_worker


class WorkersTest(unittest.TestCase):
    def test_who_answers_and_who_may_use_what(self):
        directory = directory_for(self)
        front = write_worker(directory, "front", ["Own"], **bound(OWN="Own", TALLY="Tally of api"), **migrated({"new_classes": ["Own"]}),
                             routes=["front.example.com/only"])
        api = write_worker(directory, "api", ["Tally"], **bound(MINE="Tally"), **migrated({"new_classes": ["Tally"]}),
                           routes=["*.example.com/api/*"])
        (api / ".dev.vars").write_text("SECRET=kept # not shown\n")
        shop = write_worker(directory, "shop", [], route="front.example.com/api/shop/*", vars={"V": 1})
        cluster = own_cluster(self, regions=("LHR", "SYD"), coordinator="LHR", worker=[front, api, shop])
        lhr, syd = cluster["LHR"], cluster["SYD"]

        for host, path, worker in (("127.0.0.1", "/", "front"), ("api.localhost", "/", "api"), ("SHOP.localhost:80", "/", "shop"),
                                   ("nobody.localhost", "/api/x", "front"), ("front.example.com", "/only", "front"),
                                   ("front.example.com", "/api/x?y", "api"), ("x.y.example.com:1", "/api/", "api"),
                                   ("example.com", "/api/", "front"), ("front.example.com", "/api/shop/1", "shop"),
                                   ("front.example.com", "/Api/x", "front"), ("front.localhost", "/api/shop/1", "front")):
            for node in (lhr, syd):
                self.assertEqual(get(node, path, host)["worker"], worker, (host, path))

        # Each env has its own bindings, and both bindings of one class lead to the same object.
        self.assertEqual(get(lhr)["env"], ["OWN", "TALLY"])
        said = get(lhr, host="api.localhost")
        self.assertEqual((said["env"], said["secret"]), (["MINE", "SECRET"], "kept"))
        self.assertEqual(get(lhr, host="shop.localhost")["env"], ["V"])
        counts = [get(node, host=host, binding=binding)["object"] for node, host, binding in (
            (lhr, "front.localhost", "TALLY"), (syd, "api.localhost", "MINE"), (syd, "127.0.0.1", "TALLY"))]
        self.assertEqual([one["count"] for one in counts], [1, 2, 3])
        self.assertEqual(counts[0]["env"], ["MINE", "SECRET"])  # an object is its own Worker's

        # An id of one namespace opens no other.
        own = get(lhr, binding="OWN")["object"]["id"]
        self.assertEqual(get(lhr, binding="TALLY", hex=own)["error"],
                         "TypeError: Durable Object ID is not valid for this namespace.")

    def test_routes_of_the_command_line(self):
        directory = directory_for(self)
        cluster = own_cluster(self, regions=("LHR",), coordinator="LHR",
                              worker=[write_worker(directory, "front", []), write_worker(directory, "api", [])])
        cluster.stop()
        cluster.routes = ["/api/*=api"]
        cluster.start()
        self.assertEqual([get(cluster["LHR"], path)["worker"] for path in ("/", "/api", "/api/", "/api/x?y")],
                         ["front", "front", "api", "api"])


if __name__ == "__main__":
    unittest.main()
