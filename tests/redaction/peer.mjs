// Which of the texts on standard input (a JSON list) secretlint finds a secret
// in: a JSON list of its rules and what they found, one list a text.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [place] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${place}/`));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { lintSource } = await load("@secretlint/core");
const { creator } = await load("@secretlint/secretlint-rule-preset-recommend");

let input = "";
for await (const part of process.stdin) input += part;
const config = { rules: [{ id: "@secretlint/secretlint-rule-preset-recommend", rule: creator }] };
const found = [];
for (const content of JSON.parse(input)) {
  const source = { content, filePath: "job.log", ext: ".log", contentType: "text" };
  const { messages } = await lintSource({ source, options: { config } });
  found.push(messages.map(({ ruleId, range }) => [ruleId, content.slice(...range)]));
}
process.stdout.write(JSON.stringify(found));
