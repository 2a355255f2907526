const table: Record<string, () => void> = {};

function load(): void {
  table["nothing"]();
}

load();
export default { fetch: (): Response => new Response("x") };
