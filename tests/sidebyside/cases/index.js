// All cases by name, "group.case". A case is { worker(tools) }, what the Worker does and sees;
// { object(thing, request) }, what a Thing does, observed through a stub's fetch; both; { inside,
// object }, observed inside the object, of the binding that `inside` names; or { raw(tools) }, whose Response the runner looks at.
import { alarms } from "./alarms.js";
import { ids } from "./ids.js";
import { idErrors } from "./ids-errors.js";
import { namespaces } from "./namespaces.js";
import { stubs } from "./stubs.js";
import { rpc } from "./rpc.js";
import { requests } from "./requests.js";
import { responses } from "./responses.js";
import { errors } from "./errors.js";
import { config } from "./config.js";
import { semantics } from "./semantics.js";
import { sql } from "./sql.js";
import { storage } from "./storage.js";
import { thrown } from "./thrown.js";
import { flowing } from "./flowing.js";
import { bodyClasses } from "./body-classes.js";
import { bodyTravel } from "./body-travel.js";
import { webCrypto } from "./web-crypto.js";
import { fetchApi } from "./fetch-api.js";
import { gates } from "./gates.js";
import { generated } from "./generated.js";
import { globals } from "./globals.js";
import { streamsApi } from "./streams-api.js";
import { streamsClasses } from "./streams-classes.js";
import { tables } from "./tables.js";
import { transactions } from "./transactions.js";

const groups = {
  ids, "ids-errors": idErrors, namespaces, stubs, rpc, requests, responses, flowing, errors, thrown, semantics, gates, storage, transactions, sql, alarms, config,
  "body-classes": bodyClasses, "body-travel": bodyTravel, "web-crypto": webCrypto, "fetch-api": fetchApi, globals, "streams-api": streamsApi,
  "streams-classes": streamsClasses, tables, generated,
};

export const cases = {};

for (const [group, members] of Object.entries(groups)) {
  for (const [name, one] of Object.entries(members)) {
    cases[`${group}.${name}`] = typeof one === "function" ? { worker: one } : one;
  }
}
