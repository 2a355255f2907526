const { greeting } = await import("./late_part.js");
export default { fetch: () => new Response(greeting) };
