// Short words for cases about the Web API.

export const enc = (text) => new TextEncoder().encode(text);

export const dec = (bytes) => new TextDecoder().decode(bytes);

/** A stream of these parts, text as UTF-8. */
export function stream(...parts) {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(typeof part === "string" ? enc(part) : part);
      controller.close();
    },
  });
}

export async function all(readable) {
  const parts = [];
  for await (const part of readable) parts.push(part);
  return parts;
}

/** What it gives, or what it throws. */
export function tried(action) {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

export async function atried(action) {
  try {
    return await action();
  } catch (error) {
    return error;
  }
}
