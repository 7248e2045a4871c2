// Judges a request to GitHub by GitHub's own OpenAPI description.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** GraphQL has a description of its own, which is no OpenAPI. */
const ELSEWHERE = ["/graphql"];

/** The description's own words take a range here (`>=2026-01-01T00:00:00Z`), its format a time. */
const RANGES = ["created"];

export function judge(tools) {
  const require = createRequire(`${tools}/`);
  const Validator = require("openapi-request-validator").default;
  const file = require.resolve("@octokit/openapi/generated/api.github.com.deref.json");
  const { paths } = JSON.parse(readFileSync(file, "utf8"));
  const routes = Object.entries(paths).map(([template, operations]) => ({
    template,
    operations,
    shape: shape(template),
    names: [...template.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]),
    // Of two that fit, the one that says more in its own words is meant.
    words: template.replace(/\{[^}]+\}/g, "").length,
  }));
  routes.sort((one, two) => two.words - one.words);
  const validators = new Map();

  return (request) => {
    if (ELSEWHERE.includes(request.path)) return { kind: `POST ${request.path}`, wrong: [] };
    const method = request.method.toLowerCase();
    const route = routes.find(
      (route) => route.operations[method] && route.shape.test(request.path),
    );
    if (!route) {
      return { kind: `${request.method} ?`, wrong: [`no operation ${request.method} ${request.path}`] };
    }
    const operation = route.operations[method];
    const kind = `${request.method} ${route.template}`;
    const parameters = [...(route.operations.parameters ?? []), ...(operation.parameters ?? [])];
    if (!validators.has(kind)) {
      validators.set(
        kind,
        new Validator({ parameters, requestBody: operation.requestBody, ajvOptions: { strict: false, logger: false } }),
      );
    }
    const held = request.path.match(route.shape).slice(1);
    const params = Object.fromEntries(route.names.map((name, at) => [name, held[at]]));
    const query = Object.fromEntries(new URLSearchParams(request.query ?? ""));
    const wrong = [];
    const found = validators.get(kind).validateRequest({
      headers: { "content-type": request.body == null ? undefined : "application/json" },
      params: typed(params, parameters, "path"),
      query: typed(query, parameters, "query"),
      body: request.body ?? undefined,
    });
    for (const error of found?.errors ?? []) {
      wrong.push(`${error.location ?? ""} ${error.path ?? ""}: ${error.message}`);
    }
    for (const name of Object.keys(query)) {
      const described = parameters.some((one) => one.in === "query" && one.name === name);
      if (!described) wrong.push(`query ${name}: nobody describes this parameter`);
    }
    const media = operation.requestBody?.content?.["application/json"];
    if (request.body != null && !media) wrong.push("a body, where none is described");
    if (request.body != null && media) unknown(request.body, media.schema, "body", wrong);
    return { kind, wrong };
  };
}

/** `{ref}`, `{path}` and `{basehead}` may hold slashes. */
function shape(template) {
  const source = template
    .split(/(\{[^}]+\})/)
    .map((part) => {
      if (!part.startsWith("{")) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      return ["{ref}", "{path}", "{basehead}", "{branch}"].includes(part) ? "(.+)" : "([^/]+)";
    })
    .join("");
  return new RegExp(`^${source}$`);
}

/** Parameters come as text; the description has types for them. */
function typed(values, parameters, where) {
  const out = { ...values };
  for (const parameter of parameters) {
    const value = out[parameter.name];
    if (parameter.in !== where || value === undefined) continue;
    const types = [parameter.schema ?? {}].concat(parameter.schema?.oneOf ?? []).map((s) => s.type);
    if (RANGES.includes(parameter.name)) out[parameter.name] = value.replace(/^[<>]=?/, "");
    if (types.includes("integer") && /^\d+$/.test(value)) out[parameter.name] = Number(value);
    if (types.includes("boolean") && /^(true|false)$/.test(value)) out[parameter.name] = value === "true";
  }
  return out;
}

/** A schema lets fields pass that it does not know; the server ignores them, and we mean something by them. */
function unknown(value, schema, at, wrong) {
  if (!schema || value === null || typeof value !== "object") return;
  const all = alternatives(schema);
  if (Array.isArray(value)) {
    const items = all.map((one) => one.items).find(Boolean);
    value.forEach((item, index) => unknown(item, items, `${at}[${index}]`, wrong));
    return;
  }
  const known = Object.assign({}, ...all.map((one) => one.properties ?? {}));
  if (Object.keys(known).length === 0) return;
  const open = all.some((one) => one.additionalProperties && one.additionalProperties !== false);
  for (const [name, inner] of Object.entries(value)) {
    if (known[name]) unknown(inner, known[name], `${at}.${name}`, wrong);
    else if (!open) wrong.push(`${at}.${name}: nobody describes this field`);
  }
}

function alternatives(schema) {
  const inner = ["oneOf", "anyOf", "allOf"].flatMap((how) => schema[how] ?? []);
  return [schema, ...inner.flatMap(alternatives)];
}
