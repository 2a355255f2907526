"""Secrets in .dev.vars and .env, as `wrangler dev` takes them."""

import unittest

import support
from terrella.dev_vars import expand, parse

HEAD = 'name = "w"\nmain = "src/index.js"\n'


class ParseTest(unittest.TestCase):
    def test_values(self):
        for line, value in (
                ("A=b", "b"), ("  export  A = b c  ", "b c"), ("A=", ""), ("A=b # no", "b"), ("A=b#no", "b"), ("A: b", "b"),
                ("A='b # c' # no", "b # c"), ('A="b # c"', "b # c"), ("A=`it's \"b\"`", 'it\'s "b"'),
                (r"A='x\ny'", r"x\ny"), (r'A="x\ny"', "x\ny"), ('A="x\ny"', "x\ny"), ("A=b=c", "b=c"),
                ('A="unclosed', '"unclosed'), ("A='$B'", "$B"), ("A=ü", "ü"), ("A=b\r\nC=d", "b"), ("A=a\nA=b", "b"),
                ('A={"x": 1}', '{"x": 1}')):
            self.assertEqual(parse(line).get("A"), value, line)

    def test_what_is_no_line(self):
        self.assertEqual(parse("# A=b\n\nA\n=b\nA B=c\n   # x\n"), {})
        self.assertEqual(parse("A=1\nnonsense\nB.c-d=2"), {"A": "1", "B.c-d": "2"})

    def test_expanding(self):
        self.assertEqual(expand({"A": "x", "B": "${A}-$A-${N}-${N:-none}", "C": r"\$A $B"}),
                         {"A": "x", "B": "x-x--none", "C": "$A x-x--none"})


class DevVarsTest(support.WorkerTest):
    def vars(self, files, text="", environment=None):
        for name in (".dev.vars", ".dev.vars.dev", ".env", ".env.local", ".env.dev", ".env.dev.local"):
            (self.directory / "0" / name).unlink(missing_ok=True)
        for name, content in files.items():
            self.write(f"0/{name}", content)
        workers = self.read(HEAD + text, environment=environment)
        return workers[0].vars if workers else None

    def test_they_come_over_vars_as_text(self):
        self.assertEqual(self.vars({".dev.vars": "A=1\nB=2"}, '[vars]\nA = 5\nC = { x = 1 }\n'), {"A": "1", "B": "2", "C": {"x": 1}})
        self.assertEqual(self.notes, ["wrangler.toml: Using secrets defined in .dev.vars"])

    def test_which_files(self):
        env = "[env.dev]\n"
        self.assertEqual(self.vars({".dev.vars": "A=1", ".env": "A=2\nB=2"}), {"A": "1"})
        both = {".dev.vars": "A=1\nB=1", ".dev.vars.dev": "A=2"}
        self.assertEqual(self.vars(both, env, "dev"), {"A": "2"})
        self.assertEqual(self.vars(both, env), {"A": "1", "B": "1"})
        self.assertEqual(self.vars({".dev.vars": "A=1"}, env, "dev"), {"A": "1"})
        all_env = {".env": "A=1\nB=1\nC=1\nD=1", ".env.local": "B=2", ".env.dev": "C=3", ".env.dev.local": "D=4\nE=$C$D"}
        self.assertEqual(self.vars(all_env, env, "dev"), {"A": "1", "B": "2", "C": "3", "D": "4", "E": "34"})
        self.assertEqual(self.vars(all_env, env), {"A": "1", "B": "2", "C": "1", "D": "1"})

    def test_only_those_that_are_required(self):
        self.assertEqual(self.vars({".dev.vars": "A=1\nB=2"}, '[secrets]\nrequired = ["A", "C"]\n'), {"A": "1"})
        self.assertEqual(self.warnings, ["wrangler.toml:3: Missing required secrets: C. Add them to .dev.vars or .env."])
        self.assertIsNone(self.vars({}, "secrets = 5\n"))
        self.assertIsNone(self.vars({}, "[secrets]\nrequired = 5\n"))

    def test_a_name_that_a_binding_has(self):
        self.vars({".dev.vars": "A=1"}, '[[durable_objects.bindings]]\nname = "A"\nclass_name = "A"\n')
        self.assertEqual(self.errors[0], "wrangler.toml:3: A assigned to Durable Object and Environment Variable bindings.")

    def test_what_is_no_text(self):
        (self.directory / "0").mkdir()
        (self.directory / "0" / ".dev.vars").write_bytes(b"A=\xff")
        self.read(HEAD)
        self.assertRegex(self.errors[0], "^.dev.vars: cannot be read: ")


if __name__ == "__main__":
    unittest.main()
