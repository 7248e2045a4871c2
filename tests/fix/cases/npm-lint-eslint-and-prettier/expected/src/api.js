import path from "node:path";

const cache = {};

export function load(name) {
  const file = path.join("data", name + ".json");
  cache[name] = { name, file };
  return cache[name];
}
