// Times in microseconds, for people.

// With as many digits as `step_us` needs to tell neighbours apart.
export function formatTime(us, step_us = 1) {
  const [unit, size] = Math.abs(us) >= 1e6 || step_us >= 1e5 ? ["s", 1e6] : ["ms", 1e3];
  const digits = Math.min(6, Math.max(0, Math.ceil(-Math.log10(step_us / size) - 1e-9)));
  return `${(us / size).toFixed(digits).replace(/^-(0(\.0*)?)$/, "$1")} ${unit}`;
}

export function formatDuration(us) {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 1e6) return `${Number((us / 1e3).toPrecision(3))} ms`;
  return `${Number((us / 1e6).toPrecision(3))} s`;
}

export const formatCount = (count) => count.toLocaleString("en-US");
