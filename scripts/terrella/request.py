"""One HTTP request to a region, with the time that each part of it took."""

import http.client
import re
import time
import urllib.parse
from dataclasses import dataclass

from .config import HOST

TIMEOUT_S = 120
ENTRY = re.compile(r'(?:[^,"]|"[^"]*")+')  # of Server-Timing: a comma within quotes is text
VISIBLE = "".join(map(chr, range(0x21, 0x7f)))


@dataclass
class Answer:
    status: int
    reason: str
    headers: list
    body: bytes
    connect_ms: float  # 0 on a connection that was open already
    wait_ms: float     # from the request's first byte to the answer's first line
    body_ms: float

    @property
    def total_ms(self):
        return self.connect_ms + self.wait_ms + self.body_ms

    def server_timing(self):
        """What the node says of its own time: the entries of Server-Timing as (name, ms or None, description)."""
        entries = []
        for name, value in self.headers:
            if name.lower() == "server-timing":
                for entry in ENTRY.findall(value):
                    what, *parameters = (part.strip() for part in entry.split(";"))
                    values = dict(part.partition("=")[::2] for part in parameters)
                    try:
                        ms = float(values["dur"]) if "dur" in values else None
                    except ValueError:
                        continue
                    entries.append((what, ms, values.get("desc", "").strip('"')))
        return entries


class Connection:
    """A kept-alive connection to one region."""

    def __init__(self, port):
        self.http = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_S)

    def send(self, method, path, body=None, headers=()):
        """Send one request and read the whole answer. OSError or HTTPException when there is none."""
        started = time.perf_counter()
        if self.http.sock is None:
            self.http.connect()
        connected = time.perf_counter()
        given = {name.lower() for name, _ in headers}
        target = urllib.parse.quote(path, safe=VISIBLE)  # as browsers do: spaces and letters beyond ASCII as %20 and so on
        self.http.putrequest(method, target, skip_host="host" in given, skip_accept_encoding=True)
        for name, value in headers:
            self.http.putheader(name, value)
        if body is not None and "content-length" not in given:
            self.http.putheader("Content-Length", str(len(body)))
        self.http.endheaders(body)
        response = self.http.getresponse()
        answered = time.perf_counter()
        content = response.read()
        ended = time.perf_counter()
        return Answer(response.status, response.reason, response.getheaders(), content,
                      (connected - started) * 1e3, (answered - connected) * 1e3, (ended - answered) * 1e3)

    def close(self):
        self.http.close()
