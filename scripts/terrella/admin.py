"""The admin port of a process: JSON over HTTP."""

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode


class AdminError(Exception):
    """The process did not answer, or answered with an error; the text says which."""


def ask(port, path, timeout_s=2.0, **query):
    """GET a path of an admin port. Returns the JSON object; AdminError when there is none."""
    return _exchange(port, timeout_s, "GET", f"{path}?{urlencode(query)}" if query else path)


def tell(port, path, value, timeout_s=2.0, once_sent=None):
    """POST JSON there; the same. `once_sent()` is called before the answer is awaited."""
    return _exchange(port, timeout_s, "POST", path, json.dumps(value), once_sent)


def _exchange(port, timeout_s, method, target, body=None, once_sent=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request(method, target, body, {"Content-Type": "application/json"} if body else {})
        if once_sent:
            once_sent()
        response = connection.getresponse()
        answer = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise AdminError(f"no answer at port {port}: {error or type(error).__name__}") from None
    finally:
        connection.close()
    if response.status >= 400 or not isinstance(answer, dict) or "error" in answer:
        raise AdminError(answer.get("error", response.reason) if isinstance(answer, dict) else response.reason)
    return answer


def ask_all(ports, path, timeout_s=2.0):
    """The same of many, at once: a list of answers, None where there was none."""
    def one(port):
        try:
            return ask(port, path, timeout_s)
        except AdminError:
            return None

    if not ports:
        return []
    with ThreadPoolExecutor(min(32, len(ports))) as pool:
        return list(pool.map(one, ports))
