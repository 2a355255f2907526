"""Waiting for processes that were just started."""

import time

from . import admin
from .mistakes import Refused, shown_path

START_TIMEOUT_S = 60.0
SHOWN_COUNT_MAX = 3
POLL_S = 0.03


def is_ready(answer):
    """Whether a process that says so of itself takes requests."""
    return answer.get("state") == "ready"


def is_linked(answer):
    """Whether it is ready, and reaches every other."""
    return is_ready(answer) and all(peer["up"] for peer in answer["peers"])


def wait_until_ready(members, holds=is_ready, aside=""):
    """Wait until what every member says of itself holds; Refused, with the end of its log, when one ends,
    is refused by the others or takes too long. `aside`: what else is to be said then."""
    until = time.monotonic() + START_TIMEOUT_S
    waiting = list(members)
    while waiting:
        for member in members:
            if member.process.pid() is None:
                raise Refused(_failed(member, member.process.exit_text() + aside))
        answers = [answer or {} for answer in admin.ask_all([member.admin_port for member in waiting], "/status", timeout_s=1.0)]
        for member, answer in zip(waiting, answers):
            if answer.get("state") == "refused":
                raise Refused(_failed(member, f'is refused: {answer.get("why") or "no reason given"}{aside}'))
        waiting = [member for member, answer in zip(waiting, answers) if not holds(answer)]
        if waiting and time.monotonic() > until:
            raise Refused(*(_failed(member, f"was not ready within {START_TIMEOUT_S:.0f} s{aside}")
                            for member in waiting[:SHOWN_COUNT_MAX]))
        if waiting:
            time.sleep(POLL_S)


def _failed(member, how):
    lines = member.process.last_lines()
    return f"{member.code} {how}. " + (
        f"The end of {shown_path(member.process.log_path)}:" + "".join(f"\n    {line}" for line in lines)
        if lines else f"Its log, {shown_path(member.process.log_path)}, is empty.")
