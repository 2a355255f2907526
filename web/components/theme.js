// The colours of theme.css for canvases, which know no CSS variables.
const names = ["paper", "card", "line", "line-strong", "ink", "ink-soft", "focus", "lane", "lane-stripe", "down", "halo", "claim", "fetch", "body",
  "join", "run", "call", "call-open", "call-failed", "fault", "fault-ink", "heal", "broken", "broken-ink", "broken-wash", "note", "durable"];

export function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const theme = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  theme.text = style.getPropertyValue("--text").trim();
  theme.mono = style.getPropertyValue("--mono").trim();
  return theme;
}

export function onThemeChange(listener) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", listener);
}

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// A canvas of this size in CSS pixels, sharp on every screen; returns its context, which counts in CSS pixels.
export function sizeCanvas(canvas, width, height) {
  const ratio = devicePixelRatio || 1;
  const [wide, high] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
