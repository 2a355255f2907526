// The legend: small pictures in the colours of the page, and the keys.
const arrow = (colour, dash = "") => `<path d="M3 4 38 15" stroke="var(--${colour})" stroke-width="2" stroke-dasharray="${dash}"/><path d="m41 16-8 .4 2.3-6z" fill="var(--${colour})"/>`;
const fault = (sign, heals) => `<circle cx="22" cy="10" r="8.5" fill="var(--${heals ? "paper" : "fault"})" stroke="var(--fault)" stroke-width="2"/><text x="22" y="14" text-anchor="middle" font-size="12" font-weight="700" fill="var(--${heals ? "fault" : "fault-ink"})">${sign}</text>`;
const bar = (colour, y, height) => `<rect x="4" y="${y}" width="36" height="${height}" rx="2" fill="var(--${colour})"/>`;

const MESSAGES = [
  [arrow("fetch"), "a call to an object and its reply: FETCH, REPLY"],
  [arrow("claim"), "who is its home? CLAIM, PLACED, LOCATE"],
  [arrow("body"), "parts of bodies: BODY, CREDIT"],
  [arrow("join", "7 3"), "joining the cluster: JOIN, WELCOME"],
  [`<path d="M3 4 30 14" stroke="var(--fault)" stroke-width="2" stroke-dasharray="4 3"/><path d="m26 10 8 8m0-8-8 8" stroke="var(--fault)" stroke-width="2"/>`, "a message that was lost"],
  [bar("run", 4, 12), "an object's handler runs"],
  [`<rect x="12" y="6" width="6" height="8" fill="var(--paper)" stroke="var(--durable)" stroke-width="1.5"/><rect x="27" y="4" width="3" height="12" fill="var(--durable)"/>`, "written; durable"],
  [`<circle cx="22" cy="10" r="3.5" fill="var(--note)"/>`, "a process notes something"],
];
const COMMON = [
  [`${bar("call", 7, 5)}`, "a call, from asking to its answer"],
  [`${bar("call-failed", 7, 5)}<rect x="37" y="5" width="3" height="9" fill="var(--call-failed)"/>`, "a call that failed"],
  [`<g opacity=".5">${bar("call", 7, 5)}</g>`, "a call that has no answer yet"],
  [bar("call-open", 7, 5), "a call of unknown outcome"],
  [fault("×"), "a fault: crash ×, stop ‖, cut ∕, hold =, disk D ..."],
  [fault("+", true), "a fault ends"],
  [`${bar("fault", 8, 3)}`, "a link is cut or held"],
  [`<rect x="3" y="2" width="38" height="16" fill="var(--down)"/><path d="m6 18 16-16M16 18 32 2M26 18 40 4" stroke="var(--line-strong)"/>`, "a process is down; upright lines: stopped"],
  [`<rect x="21" y="0" width="3" height="20" fill="var(--broken)"/><circle cx="22" cy="10" r="7" fill="none" stroke="var(--broken)" stroke-width="2"/>`, "a promise is broken"],
];

const KEYS = [
  [["wheel", "+", "−"], "zoom"], [["drag", "←", "→", "Shift wheel"], "pan; ↑ ↓ when not all processes fit"], [["0"], "show everything"],
  [["n", "p"], "next, previous fault"], [["b"], "where a promise is broken"], [[",", "."], "previous, next event in the order of time, read out"],
  [["Enter"], "show only what is about the selected object"], [["/"], "search"], [["Esc"], "clear the selection, then the search"], [["?"], "this"],
];

export function fillGuide(legend, keys, { messages }) {
  legend.innerHTML = [...(messages ? MESSAGES : []), ...COMMON].map(([picture, text]) => `<li><svg viewBox="0 0 44 20" fill="none" aria-hidden="true">${picture}</svg><span>${text}</span></li>`).join("");
  keys.innerHTML = KEYS.map(([all, text]) => `<dt>${all.map((key) => `<kbd>${key}</kbd>`).join(" ")}</dt><dd>${text}</dd>`).join("");
}
