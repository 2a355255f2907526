// All cases by name, "group.case". A case is { worker(tools) }, what the Worker does and sees;
// { object(thing, request) }, what a Thing does, observed through a stub's fetch; both; { inside:
// true, object }, observed inside the Thing; or { raw(tools) }, whose Response the runner looks at.
import { ids } from "./ids.js";
import { idErrors } from "./ids-errors.js";
import { namespaces } from "./namespaces.js";
import { stubs } from "./stubs.js";
import { requests } from "./requests.js";
import { responses } from "./responses.js";
import { errors } from "./errors.js";
import { config } from "./config.js";
import { storage } from "./storage.js";

const groups = { ids, "ids-errors": idErrors, namespaces, stubs, requests, responses, errors, storage, config };

export const cases = {};

for (const [group, members] of Object.entries(groups)) {
  for (const [name, one] of Object.entries(members)) {
    cases[`${group}.${name}`] = typeof one === "function" ? { worker: one } : one;
  }
}
