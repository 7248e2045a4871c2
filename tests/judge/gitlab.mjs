// Judges requests to GitLab by an independent client, because no registry
// carries GitLab's OpenAPI description: each request is written as a call of
// @gitbeaker/core, the calls are checked against its types by the TypeScript
// compiler (unknown or missing fields, wrong types, wrong values), and then run
// with a transport that records, so that method, path, query and body are
// compared with what we sent.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const camel = (name) => name.replace(/\[\]$/, "").replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

function camelized(value) {
  if (Array.isArray(value)) return value.map(camelized);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [camel(name), camelized(inner)]));
}

/** Query values as the types have them. */
function options(request, strings = []) {
  const out = {};
  for (const [name, value] of new URLSearchParams(request.query ?? "")) {
    const key = camel(name);
    const plain = strings.includes(key)
      ? value
      : /^\d+$/.test(value) ? Number(value) : /^(true|false)$/.test(value) ? value === "true" : value;
    if (name.endsWith("[]")) (out[key] ??= []).push(plain);
    else out[key] = plain;
  }
  return out;
}

function without(value, ...names) {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

const text = JSON.stringify;

/** Which call of the client makes a request; `p` are the path's holes. */
const CALLS = [
  ["GET", "/user", () => "Users.showCurrentUser()"],
  ["GET", "/users", (_, r) => `Users.all(${text(options(r, ["username"]))})`],
  ["GET", "/users/:", ([id]) => `Users.show(${Number(JSON.parse(id))})`],
  ["GET", "/projects/:", (p) => `Projects.show(${p})`],
  ["GET", "/projects/:/pipelines", (p, r) => `Pipelines.all(${p}, ${text(options(r, ["sha", "ref", "updatedAfter"]))})`],
  ["GET", "/projects/:/pipelines/:", (p) => `Pipelines.show(${p})`],
  ["GET", "/projects/:/pipelines/:/jobs", ([project, id], r) =>
    `Jobs.all(${project}, ${text({ pipelineId: Number(JSON.parse(id)), ...options(r) })})`],
  ["POST", "/projects/:/pipelines/:/retry", (p) => `Pipelines.retry(${p})`],
  ["GET", "/projects/:/pipelines/:/test_report", (p) => `Pipelines.showTestReport(${p})`],
  ["GET", "/projects/:/jobs/:", (p) => `Jobs.show(${p})`],
  ["POST", "/projects/:/jobs/:/retry", (p) => `Jobs.retry(${p})`],
  ["GET", "/projects/:/jobs/:/trace", (p) => `Jobs.showLog(${p})`],
  ["GET", "/projects/:/jobs/:/artifacts", ([project, id]) =>
    `JobArtifacts.downloadArchive(${project}, { jobId: ${Number(JSON.parse(id))} })`],
  ["GET", "/projects/:/repository/tree", (p, r) =>
    `Repositories.allRepositoryTrees(${p}, ${text(options(r, ["ref", "pageToken"]))})`],
  ["GET", "/projects/:/repository/archive.tar.gz", (p, r) =>
    `Repositories.showArchive(${p}, ${text({ fileType: "tar.gz", ...options(r, ["sha"]) })})`],
  ["GET", "/projects/:/repository/blobs/:/raw", (p) => `Repositories.showBlobRaw(${p})`],
  ["GET", "/projects/:/repository/merge_base", (p, r) =>
    `Repositories.mergeBase(${p}, ${text(new URLSearchParams(r.query).getAll("refs[]"))})`],
  ["GET", "/projects/:/repository/compare", (p, r) => {
    const { from, to, ...rest } = options(r, ["from", "to"]);
    return `Repositories.compare(${p}, ${text(from)}, ${text(to)}, ${text(rest)})`;
  }],
  ["GET", "/projects/:/repository/branches/:", (p) => `Branches.show(${p})`],
  ["DELETE", "/projects/:/repository/branches/:", (p) => `Branches.remove(${p})`],
  ["GET", "/projects/:/protected_branches", (p, r) => `ProtectedBranches.all(${p}, ${text(options(r, ["search"]))})`],
  ["GET", "/projects/:/protected_branches/:", (p) => `ProtectedBranches.show(${p})`],
  ["GET", "/projects/:/repository/commits", (p, r) => `Commits.all(${p}, ${text(options(r, ["refName"]))})`],
  ["GET", "/projects/:/repository/commits/:", (p, r) => `Commits.show(${p}, ${text(options(r))})`],
  ["GET", "/projects/:/repository/commits/:/merge_requests", (p, r) =>
    `Commits.allMergeRequests(${p}, ${text(options(r))})`],
  // GitLab gives statuses in pages like every list; the client's type has none.
  ["GET", "/projects/:/repository/commits/:/statuses", (p, r) => `Commits.allStatuses(${p}, ${text(options(r))} as never)`],
  ["POST", "/projects/:/repository/commits", (p, r) => {
    const b = camelized(r.body);
    const rest = without(b, "branch", "commitMessage", "actions");
    return `Commits.create(${p}, ${text(b.branch)}, ${text(b.commitMessage)}, ${text(b.actions)}, ${text(rest)})`;
  }],
  // The client reads a file where we ask for its headers alone.
  ["HEAD", "/projects/:/repository/files/:", (p, r) => {
    const { ref } = options(r, ["ref"]);
    return `RepositoryFiles.show(${p}, ${text(ref)})`;
  }],
  ["GET", "/projects/:/repository/files/:/raw", (p, r) => `RepositoryFiles.showRaw(${p}, ${text(options(r, ["ref"]).ref)})`],
  ["GET", "/projects/:/merge_requests", ([project], r) =>
    `MergeRequests.all(${text({ projectId: JSON.parse(project), ...options(r, ["sourceBranch", "targetBranch"]) })})`],
  ["POST", "/projects/:/merge_requests", (p, r) => {
    const b = camelized(r.body);
    const rest = without(b, "sourceBranch", "targetBranch", "title");
    return `MergeRequests.create(${p}, ${text(b.sourceBranch)}, ${text(b.targetBranch)}, ${text(b.title)}, ${text(rest)})`;
  }],
  ["GET", "/projects/:/merge_requests/:", ([project, iid], r) =>
    `MergeRequests.show(${project}, ${Number(JSON.parse(iid))}, ${text(options(r))})`],
  ["PUT", "/projects/:/merge_requests/:", ([project, iid], r) =>
    `MergeRequests.edit(${project}, ${Number(JSON.parse(iid))}, ${text(camelized(r.body))})`],
  ["GET", "/projects/:/merge_requests/:/pipelines", ([project, iid], r) =>
    `MergeRequests.allPipelines(${project}, ${Number(JSON.parse(iid))}, ${text(options(r))})`],
  ["GET", "/projects/:/merge_requests/:/notes", ([project, iid], r) =>
    `MergeRequestNotes.all(${project}, ${Number(JSON.parse(iid))}, ${text(options(r))})`],
  ["GET", "/projects/:/merge_requests/:/notes/:", ([project, iid, id]) =>
    `MergeRequestNotes.show(${project}, ${Number(JSON.parse(iid))}, ${Number(JSON.parse(id))})`],
  ["POST", "/projects/:/merge_requests/:/notes", ([project, iid], r) =>
    `MergeRequestNotes.create(${project}, ${Number(JSON.parse(iid))}, ${text(r.body.body)}, ${text(without(camelized(r.body), "body"))})`],
  ["PUT", "/projects/:/merge_requests/:/notes/:", ([project, iid, id], r) =>
    `MergeRequestNotes.edit(${project}, ${Number(JSON.parse(iid))}, ${Number(JSON.parse(id))}, ${text(camelized(r.body))})`],
  ["GET", "/projects/:/merge_trains/merge_requests/:", ([project, iid]) =>
    `MergeTrains.showStatus(${project}, ${Number(JSON.parse(iid))})`],
  ["GET", "/projects/:/members/all/:", ([project, id]) =>
    `ProjectMembers.show(${project}, ${Number(JSON.parse(id))}, { includeInherited: true })`],
];

const NUMBERS = ["pipelines", "jobs"];

/** The holes of a path, as TypeScript values; none where it has another form. */
function holes(pattern, path) {
  const wanted = pattern.split("/");
  const parts = path.split("/");
  if (wanted.length !== parts.length) return null;
  const found = [];
  for (const [at, part] of wanted.entries()) {
    if (part === ":") {
      const value = decodeURIComponent(parts[at]);
      const number = NUMBERS.includes(wanted[at - 1]) && /^\d+$/.test(value);
      found.push(number ? value : text(value));
    } else if (part !== parts[at]) return null;
  }
  return found;
}

export function judge(tools, requests) {
  const wrong = [];
  const calls = [];
  const kinds = new Set();
  for (const request of requests) {
    const path = request.path.replace(/^\/api\/v4/, "");
    // The most literal pattern is meant.
    const fitting = CALLS.filter(([method]) => method === request.method)
      .map(([method, pattern, call]) => ({ method, pattern, call, held: holes(pattern, path) }))
      .filter((one) => one.held)
      .sort((one, two) => one.held.length - two.held.length)[0];
    if (!fitting) {
      wrong.push({ request, why: "the client has no such call" });
      continue;
    }
    kinds.add(`${fitting.method} ${fitting.pattern}`);
    const held = Object.assign(fitting.held, { toString() { return this.join(", "); } });
    calls.push({ request, path, call: fitting.call(held, request) });
  }
  wrong.push(...compared(tools, calls));
  return { kinds: [...kinds], wrong };
}

/** Checks the calls' types and runs them. */
function compared(tools, calls) {
  const place = join(tools, "calls");
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const names = [...new Set(calls.map(({ call }) => call.split(".")[0]))];
  const lines = [
    `import { ${names.join(", ")} } from "@gitbeaker/core";`,
    "declare const setting: ConstructorParameters<typeof Users>[0];",
  ];
  if (!names.includes("Users")) lines[0] = lines[0].replace("{ ", "{ Users, ");
  const first = lines.length + 1;
  for (const { call } of calls) {
    const [resource, ...rest] = call.split(".");
    lines.push(`export const _${lines.length} = () => new ${resource}(setting).${rest.join(".")};`);
  }
  const file = join(place, "calls.ts");
  writeFileSync(file, `${lines.join("\n")}\n`);
  const require = createRequire(`${tools}/`);
  const wrong = [];
  try {
    const compiler = require.resolve("typescript/bin/tsc");
    const flags = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom"];
    execFileSync(process.execPath, [compiler, ...flags, file], { cwd: place, encoding: "utf8" });
  } catch (error) {
    // An error's further lines are indented.
    for (const said of `${error.stdout ?? error}`.split(/\n(?! )/).filter(Boolean)) {
      const at = Number(said.match(/calls\.ts\((\d+),/)?.[1]);
      const why = said.replace(/^.*?: error /, "").split("\n");
      wrong.push({ request: calls[at - first]?.request ?? {}, why: [why[0], why.at(-1)].join(" … ") });
    }
  }
  // Run in a process of its own, so that this stays synchronous.
  const entry = pathToFileURL(require.resolve("@gitbeaker/core").replace(/index\.js$/, "index.mjs"));
  const runner = `
    import * as core from ${text(entry.href)};
    const transport = (sent) => ({ url }) => {
      // Some resources have the first part of their paths here.
      const prefix = url.split("/api/v4/")[1] ?? "";
      const record = (method) => async (rest, { searchParams, body } = {}) => {
        const path = [prefix, rest].filter(Boolean).join("/").replace("//", "/");
        sent.push({ method, path, searchParams, body });
        return { body: {}, headers: {}, status: 200 };
      };
      return Object.fromEntries(["get", "post", "put", "patch", "delete"].map((m) => [m, record(m.toUpperCase())]));
    };
    const out = [];
    for (const call of JSON.parse(${text(text(calls.map(({ call }) => call)))})) {
      const sent = [];
      const [resource, ...rest] = call.split(".");
      const setting = { host: "https://gitlab.example.com", token: "x", requesterFn: transport(sent) };
      const on = new core[resource](setting);
      await new Function("on", "return on." + rest.join(".").replace(" as never)", ")"))(on);
      out.push(sent[0] ?? null);
    }
    console.log(JSON.stringify(out));
  `;
  const script = join(place, "run.mjs");
  writeFileSync(script, runner);
  const sent = JSON.parse(execFileSync(process.execPath, [script], { encoding: "utf8", maxBuffer: 1 << 30 }));
  calls.forEach((call, at) => {
    const why = differs(call, sent[at]);
    if (why) wrong.push({ request: call.request, why });
  });
  return wrong;
}

function differs({ request, path }, sent) {
  if (!sent) return "the client sends nothing";
  const ours = path.replace(/^\//, "");
  const same = (one, two) => decodeURIComponent(one) === decodeURIComponent(two);
  if (!same(ours, sent.path)) return `the client asks ${sent.path}`;
  if (request.method !== sent.method && request.method !== "HEAD") return `the client sends ${sent.method}`;
  const theirs = flat({ ...(sent.method === "GET" ? sent.searchParams : {}) });
  const query = flat(options(request, Object.keys(theirs)));
  const given = sent.method === "GET" ? JSON.stringify(sorted(query)) === JSON.stringify(sorted(theirs)) : true;
  if (!given) return `the client's query is ${JSON.stringify(theirs)}, ours ${JSON.stringify(query)}`;
  if (request.body != null) {
    const one = JSON.stringify(sorted(camelized(request.body)));
    const two = JSON.stringify(sorted(camelized(JSON.parse(JSON.stringify(sent.body ?? {})))));
    if (one !== two) return `the client's body is ${two.slice(0, 300)}, ours ${one.slice(0, 300)}`;
  }
  return null;
}

/** Query values as text, and what stands for nothing left out. */
function flat(query) {
  const out = {};
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue;
    out[camel(name)] = Array.isArray(value) ? value.map(String) : String(value);
  }
  return out;
}

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
}
