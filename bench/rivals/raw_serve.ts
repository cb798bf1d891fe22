/** The limit of a listing: `Deno.serve` with the bytes of a file, and no work at all. */
const body = await Deno.readFile(Deno.args[0] ?? "");
const headers = { "content-type": "application/json" };
const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen() {} },
  () => new Response(body, { headers }),
);
console.log(JSON.stringify({ url: `http://127.0.0.1:${server.addr.port}`, node_id: "" }));
// Its owner closes our standard input when it is done.
for await (const _ of Deno.stdin.readable);
await server.shutdown();
Deno.exit(0);
