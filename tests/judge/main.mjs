// Judges every request that the tests made:
//
//   node tests/judge/main.mjs TOOLS RECORDED
//
// TOOLS is where the validators are installed, RECORDED a directory of files
// with one request a line, as the doubles write them when RECORD_REQUESTS names
// it. Exits 1 if any request is wrong, or if there is none to judge.

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { judge as github } from "./github.mjs";
import { judge as gitlab } from "./gitlab.mjs";

/** Violations printed; the rest is counted. */
const SHOWN = 20;

const [tools, recorded] = process.argv.slice(2).map((path) => resolve(path));
const lines = new Set();
for (const file of readdirSync(recorded).filter((name) => name.endsWith(".jsonl"))) {
  for (const line of readFileSync(join(recorded, file), "utf8").split("\n")) {
    if (line) lines.add(line);
  }
}
const requests = [...lines].map((line) => JSON.parse(line));
const of = (forge) => requests.filter((request) => request.forge === forge);

let failed = false;
function tell(forge, count, kinds, wrong, by) {
  console.log(`${forge}: ${count} different requests to ${kinds} operations, ${wrong.length} wrong, by ${by}`);
  for (const { request, why } of wrong.slice(0, SHOWN)) {
    const { method, path, query, body } = request;
    const said = body == null ? "" : ` ${JSON.stringify(body).slice(0, 200)}`;
    console.log(`  ${method} ${path}${query ? `?${query}` : ""}${said}\n    ${why}`);
  }
  if (wrong.length > SHOWN) console.log(`  and ${wrong.length - SHOWN} more`);
  if (wrong.length > 0 || count === 0) failed = true;
}

const validate = github(tools);
const kinds = new Set();
const wrong = [];
for (const request of of("github")) {
  const judged = validate(request);
  kinds.add(judged.kind);
  for (const why of judged.wrong) wrong.push({ request, why: `${judged.kind}: ${why}` });
}
tell("github", of("github").length, kinds.size, wrong, "its OpenAPI description (@octokit/openapi)");

const judged = gitlab(tools, of("gitlab"));
tell("gitlab", of("gitlab").length, judged.kinds.length, judged.wrong, "an independent client's types and requests (@gitbeaker/core)");
process.exit(failed ? 1 : 0);
