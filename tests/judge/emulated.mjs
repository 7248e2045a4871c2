// A GitHub that nobody here wrote (`emulate`), behind a judge of every request:
//
//   node tests/judge/emulated.mjs TOOLS EMULATE KEY
//
// TOOLS has the validator and GitHub's description, EMULATE the server and the
// Node it wants, KEY is the private key of the App that may sign in. Prints its
// address in one line of JSON; `GET /-/judged` there says what was judged. Ends
// with its standard input.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { judge } from "./github.mjs";

/** How long the server may take to be up, in milliseconds. */
const PATIENCE = 60_000;

const [tools, emulate, key] = process.argv.slice(2).map((path) => resolve(path));
const validate = judge(tools);
const place = mkdtempSync(join(tmpdir(), "emulated-"));

const seed = {
  tokens: { admintoken: { login: "acme", scopes: ["repo", "user", "workflow"] } },
  github: {
    users: [{ login: "acme", name: "Acme", email: "acme@example.com" }],
    repos: [{ owner: "acme", name: "widget", auto_init: true }],
    apps: [{
      app_id: 4242,
      slug: "sentinel-test",
      name: "Sentinel",
      private_key: readFileSync(key, "utf8"),
      permissions: {
        metadata: "read", actions: "write", contents: "write", pull_requests: "write",
        checks: "write", statuses: "read", issues: "write",
      },
      events: ["push"],
      installations: [{ installation_id: 77, account: "acme", repository_selection: "all" }],
    }],
  },
};

const free = await new Promise((found) => {
  const server = net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => found(port));
  });
});
const behind = `http://127.0.0.1:${free}`;
// JSON is YAML.
writeFileSync(join(place, "seed.yaml"), JSON.stringify(seed));
const server = spawn(
  join(emulate, "node_modules/node/bin/node"),
  [join(emulate, "node_modules/emulate/dist/index.js"), "start", "--service", "github", "--port", `${free}`, "--seed", join(place, "seed.yaml")],
  { stdio: ["ignore", "ignore", "inherit"] },
);
function end() {
  server.kill();
  rmSync(place, { recursive: true, force: true });
  process.exit();
}
process.stdin.on("end", end).resume();
process.on("SIGTERM", end);

const admin = { authorization: "Bearer admintoken", "content-type": "application/json" };
async function put(path, content) {
  const body = JSON.stringify({ message: `Add ${path}`, content: Buffer.from(content).toString("base64"), branch: "main" });
  const answer = await fetch(`${behind}/repos/acme/widget/contents/${path}`, { method: "PUT", headers: admin, body });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}
for (const started = Date.now(); ; ) {
  const up = await fetch(`${behind}/repos/acme/widget`, { headers: admin }).then((answer) => answer.ok, () => false);
  if (up) break;
  if (Date.now() - started > PATIENCE) throw new Error("the emulated GitHub does not come up");
  await new Promise((later) => setTimeout(later, 100));
}
await put("src/lib.rs", "//! One.\n\npub fn one( )->u8{1}\n");

const kinds = new Set();
const wrong = [];
let requests = 0;
const proxy = http.createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk)).on("end", async () => {
    if (request.url === "/-/judged") {
      response.end(JSON.stringify({ requests, kinds: [...kinds].sort(), wrong }));
      return;
    }
    const sent = Buffer.concat(chunks);
    const [path, query] = request.url.split("?");
    const judged = validate({
      method: request.method,
      path: decodeURIComponent(path),
      query,
      body: sent.length > 0 ? JSON.parse(sent) : null,
    });
    requests += 1;
    kinds.add(judged.kind);
    for (const why of judged.wrong) wrong.push(`${judged.kind}: ${why}`);
    const headers = { ...request.headers };
    delete headers.host;
    delete headers["content-length"];
    const body = sent.length > 0 ? sent : undefined;
    const answer = await fetch(behind + request.url, { method: request.method, headers, body, redirect: "manual" });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const passed = [...answer.headers].filter(([name]) => !["content-encoding", "content-length", "transfer-encoding"].includes(name));
    response.writeHead(answer.status, [...passed, ["content-length", `${bytes.length}`]].flat());
    response.end(bytes);
  });
});
proxy.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${proxy.address().port}` }));
});
