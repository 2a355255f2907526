"""What a checker says: valid, broken, or unknown, and which operations show it."""

KEPT_MAX = 50  # problems told one by one; the rest is counted

VALID, BROKEN, UNKNOWN = "valid", "broken", "unknown"


class Verdict:
    """Of one checker over a whole history. `checked` counts what was looked at, `what` names that."""

    def __init__(self, checker, what):
        self.checker = checker
        self.what = what
        self.checked = 0
        self.broken_count = 0
        self.unknown_count = 0
        self.problems = []

    @property
    def verdict(self):
        return BROKEN if self.broken_count else UNKNOWN if self.unknown_count else VALID

    def broken(self, reason, operations=(), name=None):
        """Something certainly is not as promised; `operations` show it, `name` is the object's."""
        self.broken_count += 1
        self._keep(BROKEN, reason, operations, name)

    def unknown(self, reason, operations=(), name=None):
        """Something could not be decided."""
        self.unknown_count += 1
        self._keep(UNKNOWN, reason, operations, name)

    def _keep(self, verdict, reason, operations, name):
        if len(self.problems) < KEPT_MAX:
            self.problems.append({"verdict": verdict, "reason": reason, "object": name, "operations": list(operations)})

    def as_json(self):
        return {"checker": self.checker, "verdict": self.verdict, "checked": self.checked, "what": self.what,
                "broken": self.broken_count, "unknown": self.unknown_count,
                "problems": [{**one, "operations": [operation.summary() for operation in one["operations"]]}
                             for one in self.problems]}

    def lines(self, problems_max=5):
        """For people."""
        counts = "".join(f", {count} {word}" for count, word in ((self.broken_count, BROKEN), (self.unknown_count, UNKNOWN))
                         if count)
        lines = [f"{self.checker:16} {self.verdict.upper() if self.verdict != VALID else self.verdict:8} "
                 f"{self.checked} {self.what}{counts}"]
        for problem in self.problems[:problems_max]:
            name = f'{problem["object"]}: ' if problem["object"] else ""
            lines.append(f'    {problem["verdict"]}: {name}{problem["reason"]}')
            lines += [f"        {operation}" for operation in problem["operations"][:8]]
        more = self.broken_count + self.unknown_count - problems_max
        if more > 0:
            lines.append(f"    and {more} more")
        return lines
