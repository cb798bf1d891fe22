/** The limit of a transfer: `Deno.serve` that streams a file of a folder, or stores one. */
const [folder = "."] = Deno.args;
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
  const path = `${folder}/${new URL(request.url).pathname.replaceAll("/", "")}`;
  if (request.method === "GET") return new Response((await Deno.open(path)).readable);
  using file = await Deno.create(path);
  await request.body?.pipeTo(file.writable, { preventClose: true });
  await file.sync();
  return new Response();
});
console.log(JSON.stringify({ url: `http://127.0.0.1:${server.addr.port}`, node_id: "" }));
// Its owner closes our standard input when it is done.
for await (const _ of Deno.stdin.readable);
await server.shutdown();
Deno.exit(0);
