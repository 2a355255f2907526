"""Which Worker answers: route and routes of wrangler files, and --route."""

import unittest

import support
from terrella.routes import route_table

HEAD = 'name = "%s"\nmain = "src/index.js"\n'


class RoutesTest(support.WorkerTest):
    def table(self, *texts, wanted=(), **options):
        """The table of Workers w0, w1, ... with these lines in their files."""
        workers = self.read(*[HEAD % f"w{index}" + text for index, text in enumerate(texts)], **options)
        table = route_table(workers, wanted, self.mistakes)
        self.tell()
        return table

    def test_all_forms(self):
        self.assertEqual(self.table("""routes = ["example.com/api/*", "https://Example.com", "*.example.com/Images/*",
          { pattern = "zone.example.com/x", zone_name = "example.com" }, { pattern = "z.example.com/", zone_id = "1" },
          { pattern = "shop.example.com", custom_domain = true },
          { pattern = "off.example.com", custom_domain = true, enabled = false }]
        """, 'route = { pattern = "one.com/*", zone_name = "one.com" }'), [
            ("zone.example.com/x", 0), ("shop.example.com/*", 0), ("z.example.com/", 0), ("example.com/", 0),
            ("example.com/api/*", 0), ("one.com/*", 1), ("*.example.com/Images/*", 0)])
        self.assertEqual((self.errors, self.warnings), ([], []))

    def test_the_most_specific_comes_first(self):
        patterns = ["a.b/x/y", "a.b/x", "a.b/x/y*", "a.b/x/*", "a.b/*", "*.a.b/x", "*a.b/*", "*/long/long/long/*", "*/*"]
        shuffled = patterns[3:] + patterns[:3]
        self.assertEqual([pattern for pattern, _ in self.table(f"routes = {shuffled}")], patterns)

    def test_routes_of_the_command_line(self):
        self.assertEqual(self.table("", "", wanted=["/api/*=w1", "h/a=b/*=w0"]), [("h/a=b/*", 0), ("*/api/*", 1)])
        self.table("", wanted=["/api/*=nobody", "/api", "=w0", "/a*b=w0", "h?q=w0"])
        self.assertEqual(self.errors, [
            '--route /api/*=nobody: there is no Worker "nobody"; there are: w0',
            '--route /api: expected PATTERN=WORKER, such as "/api/*=api"',
            '--route =w0: expected PATTERN=WORKER, such as "/api/*=api"',
            'route "/a*b": expected HOST/PATH, without a query, and with * only at the beginning of the host and at the end of '
            "the path",
            'route "h?q": expected HOST/PATH, without a query, and with * only at the beginning of the host and at the end of '
            "the path"])

    def test_a_pattern_of_two_workers(self):
        self.table('route = "a.b/*"', 'route = "https://A.b/*"')
        self.assertEqual(self.errors, ['1/wrangler.toml:3: A route with the same pattern already exists: "a.b/*" is of the Worker '
                                       '"w0" as well'])
        self.assertEqual(self.table('routes = ["a.b/*", "a.b/*"]'), [("a.b/*", 0)])
        self.assertEqual(self.errors, [])

    def test_mistakes(self):
        shape = "{ pattern, custom_domain, zone_id | zone_name, enabled, previews_enabled }"
        for text, error in (
                ("route = 5", f'wrangler.toml:3: Expected "route" to be either a string, or an object with shape {shape}, but got '
                              "5."),
                ("routes = 5", 'wrangler.toml:3: Expected "routes" to be an array but got 5.'),
                ('routes = ["a/*", { pattern = "x" }, { pattern = "x", zone_id = "1", zone_name = "2" }]',
                 f'wrangler.toml:3: Expected "routes" to be an array of either strings or objects with the shape {shape}, but these '
                 'weren\'t valid: [{"pattern":"x"},{"pattern":"x","zone_id":"1","zone_name":"2"}].'),
                ('route = "a/*"\nroutes = ["b/*"]',
                 'wrangler.toml:4: Expected exactly one of the following fields ["routes","route"].'),
                ('routes = ["a.*.b/*"]', 'wrangler.toml:3: route "a.*.b/*": expected HOST/PATH, without a query, and with * only at '
                                         "the beginning of the host and at the end of the path"),
                (f'routes = ["{"a" * 300}/*"]', f'wrangler.toml:3: route "{"a" * 40}"...: longer than 256 bytes')):
            with self.subTest(text=text[:40]):
                self.table(text)
                self.assertEqual(self.errors, [error])
        self.table('route = ""')
        self.assertRegex(self.warnings[0], "is an empty string and will be ignored")

    def test_an_environment(self):
        text = 'route = "a/*"\n[env.x]\n[env.y]\nroute = "b/*"\n'
        self.assertEqual(self.table(text, environment="x"), [("a/*", 0)])
        self.assertEqual(self.table(text, environment="y"), [("b/*", 0)])


if __name__ == "__main__":
    unittest.main()
