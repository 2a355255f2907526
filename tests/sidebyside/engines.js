// Starts the two engines on the same Worker. Each gives { name, places, stop() }; a place is
// { name, url, hint }: where to ask, and the hint that puts objects far from there.
import { execFile, spawn } from "node:child_process";
import http from "node:http";
import { createWriteStream, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "../..");
const START_LIMIT_MS = 60_000;
const ANSWER_LIMIT_MS = 20_000;

const text = (value) => JSON.stringify(value);

// The names of the classes and bindings, as wrangler.toml and objects.js have them.
const SPACES = {
  THING: "Thing",
  AGAIN: "Thing",
  ECHO: "Echo",
  OTHER: "Other",
  PLAIN: "Plain",
  NO_FETCH: "NoFetch",
  BAD_CONSTRUCTOR: "BadConstructor",
  BAD_START: "BadStart",
  METHODS: "Methods",
  SQL: "Sql",
};
const WITH_SQLITE = "Sql"; // the class of new_sqlite_classes

// [vars] as wrangler.toml has them.
const VARS = { NUMBER: 5.5, FLAG: false, LIST: [1, "two", [3]], TABLE: { text: "ä\u0001", inner: { n: -1 } } };

// A Worker with its classes; what they are bound to, its own or another's; where their objects are stored.
const worker = (modules, classes, storage, bindings) => `(
    modules = [${modules.join(",\n      ")}],
    compatibilityDate = "2026-11-17",
    durableObjectNamespaces = [${classes.map((name) => `(className = ${text(name)}, uniqueKey = ${text(`sidebyside-${name}`)}, enableSql = ${name === WITH_SQLITE})`).join(",\n      ")}],
    durableObjectStorage = (${storage}),
    bindings = [${bindings.join(",\n      ")}]
  )`;

// workerd has SQLite on disk only, and the other kind of storage, with its limits, in memory only: so the class with
// SQLite is another Worker's.
function workerdConfig(disk) {
  const files = ["worker", "cases"].flatMap((folder) =>
    readdirSync(join(HERE, folder))
      .filter((name) => name.endsWith(".js"))
      .map((name) => `${folder}/${name}`),
  );
  // The first module is the entry point.
  files.sort((one, two) => Number(two === "worker/index.js") - Number(one === "worker/index.js"));
  const modules = files.map((file) => `(name = ${text(file)}, esModule = embed ${text(file)})`);
  const classes = [...new Set(Object.values(SPACES))].filter((name) => name !== WITH_SQLITE);
  const bindings = Object.entries(SPACES).map(([binding, name]) =>
    `(name = ${text(binding)}, durableObjectNamespace = (className = ${text(name)}${name === WITH_SQLITE ? ', serviceName = "sqlite"' : ""}))`);
  const vars = Object.entries(VARS).map(([name, value]) => `(name = ${text(name)}, json = ${text(JSON.stringify(value))})`);
  const env = ['(name = "GREETING", text = "hello")', '(name = "EMPTY", text = "")', ...vars, ...bindings];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = ${worker(modules, classes, "inMemory = void", env)}),
    (name = "sqlite", worker = ${worker(modules, [WITH_SQLITE], 'localDisk = "disk"', [])}),
    (name = "disk", disk = (path = ${text(disk)}, writable = true))
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
`;
}

// The port that workerd was given by the system, which it tells on its control descriptor.
function listeningPort(child) {
  return new Promise((resolve, reject) => {
    let heard = "";
    const limit = setTimeout(() => reject(new Error("workerd did not start in time")), START_LIMIT_MS);
    child.once("exit", (code) => reject(new Error(`workerd ended with code ${code}`)));
    child.stdio[3].on("data", (data) => {
      heard += data;
      const line = heard.split("\n").find((one) => one.includes('"listen"'));
      if (!line) return;
      clearTimeout(limit);
      resolve(JSON.parse(line).port);
    });
  });
}

export async function startWorkerd(folder) {
  // Paths of embedded modules are relative to the configuration, so it lies in a folder beside them.
  const config = join(HERE, ".workerd.capnp");
  const disk = join(folder, "objects-of-workerd");
  mkdirSync(disk);
  writeFileSync(config, workerdConfig(disk));
  const command = join(ROOT, `node_modules/@cloudflare/workerd-linux-${process.arch === "x64" ? "64" : process.arch}/bin/workerd`);
  if (!existsSync(command)) throw new Error("workerd is not installed: run npm ci");
  const child = spawn(command, ["serve", "--experimental", "--control-fd=3", config], { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const log = createWriteStream(join(folder, "workerd.log"));
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  const port = await listeningPort(child).catch((error) => {
    throw new Error(`${error.message}; see ${log.path}`);
  });
  const stop = () =>
    new Promise((resolve) => {
      child.removeAllListeners("exit");
      child.once("exit", resolve);
      child.kill("SIGKILL");
    });
  return { name: "workerd", places: [{ name: "workerd", url: `http://127.0.0.1:${port}` }], stop };
}

// A hint that belongs to a region, to make objects there from elsewhere.
const HINTS = { MAD: "weur", LHR: "weur", AKL: "oc", SYD: "oc", IAD: "enam", SJC: "wnam", WAW: "eeur", SIN: "apac" };

// Bases of ports to try, away from those of a cluster by default.
const BASES = [21_000, 22_000, 23_000, 24_000, 25_000];

const run = promisify(execFile);

async function cluster(data, command, ...options) {
  // The first `up` of all installs and builds.
  const limits = { maxBuffer: 16 << 20, timeout: 15 * 60_000, cwd: ROOT };
  return (await run(join(ROOT, "scripts/cluster"), [command, ...options, "--data", data], limits)).stdout;
}

async function clusterUp(data) {
  for (const base of BASES) {
    try {
      await cluster(data, "up", "--detach", "--topology", "lan", "--worker", join(HERE, "worker"), "--port", String(base));
      return;
    } catch (error) {
      if (!`${error.stderr}`.includes("taken by") || base === BASES.at(-1)) throw error;
    }
  }
}

export async function startTerrella(folder) {
  const data = join(folder, "terrella");
  const stop = () => cluster(data, "down");
  const nodes = async () => JSON.parse(await cluster(data, "status", "--json")).filter(({ role }) => role === "node");
  await clusterUp(data);
  try {
    const [near, far] = (await nodes()).filter(({ region }) => region in HINTS);
    const places = [
      { name: `Terrella in ${near.region}`, url: near.url, hint: HINTS[near.region] },
      { name: `Terrella in ${near.region}, objects in ${far.region}`, url: near.url, hint: HINTS[far.region] },
    ];
    // How many objects there are in the two regions.
    const objectCounts = async () => {
      const found = await nodes();
      return [near, far].map(({ region }) => found.find((one) => one.region === region).objects);
    };
    return { name: "Terrella", places, objectCounts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

// Headers that belong to the connection and not to the answer.
const OF_THE_CONNECTION = new Set(["date", "connection", "keep-alive", "transfer-encoding", "content-length"]);

// One request, with headers as they came. Not fetch(): Debian's Node joins several set-cookie into one.
function get(url) {
  const headers = { accept: "*/*", "accept-language": "*", "sec-fetch-mode": "cors", "user-agent": "node", "accept-encoding": "identity" };
  return new Promise((resolve, reject) => {
    const request = http.get(url, { headers, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => resolve({ response, body: Buffer.concat(parts) }));
    });
    request.on("error", reject);
  });
}

// Lines of one name mean the same as one line with all of their values (RFC 9110, 5.2), but for set-cookie.
function pairsOf(rawHeaders) {
  const pairs = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i].toLowerCase(), value = rawHeaders[i + 1];
    const same = name === "set-cookie" ? undefined : pairs.find((pair) => pair[0] === name);
    if (same) same[1] += `, ${value}`;
    else pairs.push([name, value]);
  }
  return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function observeRaw({ response, body }) {
  const isText = body.every((byte) => byte === 10 || (byte >= 32 && byte < 127));
  return {
    status: response.statusCode,
    statusText: response.statusMessage,
    headers: pairsOf(response.rawHeaders).filter(([name]) => !OF_THE_CONNECTION.has(name)),
    body: isText ? body.toString() : { hex: body.subarray(0, 32).toString("hex"), bytes: body.length },
  };
}

let runCount = 0;

// Run one case at one place; `query` is for the case. What is no observation (a crash, a time-out) comes back as such.
export async function ask(place, name, kind, query = {}) {
  const url = new URL(`/${kind}/${encodeURIComponent(name)}`, place.url);
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  url.searchParams.set("nonce", `n${process.pid}x${runCount++}x`);
  if (place.hint) url.searchParams.set("hint", place.hint);
  try {
    const answer = await get(url);
    if (kind === "raw") return observeRaw(answer);
    const { response, body } = answer;
    if (response.statusCode !== 200) return { "no observation": response.statusCode, body: body.toString().slice(0, 400) };
    return JSON.parse(body);
  } catch (error) {
    return { "no answer": `${error.name}: ${error.message}`, cause: String(error.cause?.message ?? "") };
  }
}
