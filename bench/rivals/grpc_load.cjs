// The load: makes so many calls of one method over some connections, each with some calls at a time,
// and prints how many are answered a second. Arguments: URL, path, the message's frame in hex.
const http2 = require("node:http2");

const CONNECTIONS = 4;
const AT_A_TIME = 8;
const [url, path, frame] = process.argv.slice(2);
const bytes = Buffer.from(frame, "hex");
const headers = {
  ":method": "POST",
  ":path": path,
  "content-type": "application/grpc",
  te: "trailers",
};

function call(session) {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    let status;
    stream.on("response", (told) => status = told["grpc-status"] ?? status);
    stream.on("trailers", (told) => status = told["grpc-status"]);
    stream.on("data", () => {});
    stream.on(
      "end",
      () => String(status) === "0" ? resolve() : reject(new Error(`status ${status}`)),
    );
    stream.on("error", reject);
    stream.end(bytes);
  });
}

async function run(sessions, count) {
  let left = count;
  const start = performance.now();
  await Promise.all(sessions.flatMap((session) =>
    Array.from({ length: AT_A_TIME }, async () => {
      while (left-- > 0) await call(session);
    })
  ));
  return count / (performance.now() - start) * 1000;
}

async function main() {
  const sessions = Array.from({ length: CONNECTIONS }, () => http2.connect(url));
  for await (const text of process.stdin) {
    for (const line of String(text).trim().split("\n")) {
      console.log(await run(sessions, Number(line)));
    }
  }
  process.exit(0);
}
main();
