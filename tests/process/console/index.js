// Runs what it is sent: the lines of the log are what the test looks at.
async function later() {
  await null;
  throw new Error("later", { cause: new RangeError("because") });
}

export default {
  async fetch(request) {
    const code = await request.text();
    await new Function("later", `return (async () => { ${code} })()`)(later);
    return new Response("done");
  },
};
