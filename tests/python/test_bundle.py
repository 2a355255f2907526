"""scripts/bundle with options of wrangler files, and what it tells about exports. Skipped without esbuild."""

import json
import unittest

import support
from terrella.bundle import bundle_workers
from terrella.mistakes import Mistakes, Refused
from terrella.wrangler import read_workers


@unittest.skipUnless((support.PROJECT / "node_modules" / "esbuild").exists(), "esbuild is not installed")
class BundleTest(support.WorkerTest):
    ENTRY = "index.ts"

    def bundle(self, text, source, more=()):
        """The script made of a Worker, and the names that it exports."""
        for name, content in {"x.js": "export default 'aliased';\n", "a.md": "text of a file\n", **dict(more)}.items():
            self.write(f"0/{name}", content)
        workers = self.read('main = "index.ts"\n' + text)
        self.write("0/index.ts", source)
        (path,), (exports,) = bundle_workers(workers, self.directory)
        return path.read_text(), exports

    def test_exports(self):
        _, exports = self.bundle("", 'export * from "./other"; export class A {} export { B as "b-2" }; class B {}\nexport default {};',
                                 {"other.ts": "export class C {}\nexport default 5;"})
        self.assertEqual(exports, ["A", "C", "b-2", "default"])

    def test_options(self):
        script, exports = self.bundle(
            'alias = { "@lib/x" = "./x.js" }\nrules = [{ type = "Text", globs = ["**/*.md"] }]\nminify = true\n'
            "[define]\nVERSION = '\"1.2.3\"'\n",
            'import x from "@lib/x"; import text from "./a.md";\n'
            "export class LongName { read() { return [VERSION, x, text, process.env.NODE_ENV]; } }\n")
        for word in ("1.2.3", "aliased", "text of a file", "development", "LongName"):
            self.assertIn(word, script)
        self.assertNotIn("VERSION", script)
        self.assertNotIn("class LongName", script)
        self.assertEqual(exports, ["LongName"])

    def test_the_map_names_files_as_people_do(self):
        (self.directory / "grün, 100%").mkdir()
        source = self.write("grün, 100%/index.js", "export default {};\n")
        self.write("grün, 100%/wrangler.toml", 'name = "a"\nmain = "index.js"\ncompatibility_date = "2026-04-21"\n')
        (path,), _ = bundle_workers(read_workers([source.parent], None, Mistakes()), self.directory)
        self.assertIn("index.js", json.loads(path.with_suffix(".js.map").read_text())["sources"])

    def test_what_cannot_be_bundled(self):
        with self.assertRaisesRegex(Refused, r'index.ts cannot be bundled:(.|\n)*Could not resolve "nope"(.|\n)*index.ts:1:7'):
            self.bundle("", 'import "nope";')
        with self.assertRaisesRegex(Refused, "Invalid define value"):
            self.bundle('[define]\nA = "a b c"\n', "")


if __name__ == "__main__":
    unittest.main()
