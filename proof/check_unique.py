"""No id is given twice: the answers of "create" all differ."""

from .verdict import Verdict


def check(history):
    verdict = Verdict("unique", "ids")
    seen = {}
    for one in history.operations:
        if one.f == "create" and one.is_ok:
            verdict.checked += 1
            first = seen.setdefault(one.result, one)
            if first is not one:
                verdict.broken("the same id was given twice", [first, one], str(one.result))
    return verdict
