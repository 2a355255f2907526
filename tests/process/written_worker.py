"""Workers with wrangler files of their own: several in one cluster, and migrations from start to start."""

import http.client
import json
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from cluster import HANG_S

# Counts in an object of a class of its own, or of another Worker.
SOURCE = """
class Counting {
  constructor(ctx, env) { this.ctx = ctx; this.env = env; }
  async fetch(request) {
    const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return Response.json({ count, id: this.ctx.id.toString(), env: Object.keys(this.env).sort() });
  }
}
%s
export default {
  async fetch(request, env) {
    const url = new URL(request.url), query = url.searchParams;
    const said = { worker: WORKER, path: url.pathname, env: Object.keys(env).sort(), secret: env.SECRET };
    try {
      const space = env[query.get("binding")];
      if (!space) return Response.json(said);
      const id = query.has("hex") ? space.idFromString(query.get("hex")) : space.idFromName("x");
      return Response.json({ ...said, object: await (await space.get(id).fetch("https://object/")).json() });
    } catch (error) {
      return Response.json({ ...said, error: `${error}` });
    }
  },
};
"""


def write_worker(directory, name, classes, **config):
    """A Worker in a wrangler.jsonc that exports these classes."""
    directory = directory / name
    directory.mkdir(exist_ok=True)
    exports = "\n".join(f"export class {one} extends Counting {{}}" for one in classes)
    (directory / "index.js").write_text(SOURCE % exports)
    (directory / "wrangler.jsonc").write_text("// " + name + "\n" + json.dumps(
        {"name": name, "main": "index.js", "define": {"WORKER": json.dumps(name)}, **config}))
    return directory


def bound(**classes):
    """Bindings by name; a class is "Class" or "Class of Worker"."""
    return {"durable_objects": {"bindings": [
        {"name": name, **dict(zip(("class_name", "script_name"), one.split(" of ")))} for name, one in classes.items()]}}


def migrated(*steps):
    return {"migrations": [{"tag": f"v{index + 1}", **step} for index, step in enumerate(steps)]}


def get(member, path="/", host="127.0.0.1", **query):
    """What a Worker says at a region, asked under a name of the host."""
    connection = http.client.HTTPConnection("127.0.0.1", member.http_port, timeout=HANG_S)
    try:
        connection.request("GET", path + (f"?{urlencode(query)}" if query else ""), headers={"Host": host})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def directory_for(test):
    """A directory for a test's Workers."""
    directory = tempfile.TemporaryDirectory(prefix="terrella-workers-")
    test.addCleanup(directory.cleanup)
    return Path(directory.name)
