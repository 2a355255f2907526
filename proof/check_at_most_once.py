"""A request runs the object's handler at most once. Each operation that changes something carries a token of
its own, and the object keeps how often it has seen each; it tells them when it is asked for "tokens"."""

from .verdict import Verdict


def check(history):
    verdict = Verdict("at most once", "tokens")
    by_token = {one.token: one for one in history.operations if one.token is not None}
    verdict.checked = len(by_token)
    told = set()
    for asked in history.operations:
        if asked.f != "tokens" or not asked.is_ok:
            continue
        for token, count in asked.result.items():
            operation = by_token.get(token)
            shown = [one for one in (operation, asked) if one]
            if (token, asked.object) in told:
                continue
            if operation is None or operation.object != asked.object:
                verdict.broken(f'the object has run "{token}", which nobody has sent to it', shown, asked.object)
            elif count > 1:
                verdict.broken(f"one request ran {count} times", shown, asked.object)
            elif operation.type == "fail":
                verdict.broken("an operation was said not to have run, but it ran", shown, asked.object)
            else:
                continue
            told.add((token, asked.object))
    return verdict
