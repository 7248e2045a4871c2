// The sample guest in JavaScript; what it does is told in tests/languages.rs.
import { emit } from "sentinel:agent/log@0.1.0";
import { report } from "sentinel:agent/progress@0.1.0";
import { list as listInput } from "sentinel:agent/input@0.1.0";
import { list as listWorkspace } from "sentinel:agent/workspace@0.1.0";
import { getDirectories } from "wasi:filesystem/preopens@0.2.12";

const NAP_MS = 50;
const CHUNK = 65536n;

let greeting = "hello";

export const lifecycle = {
  initialize(config) {
    for (const { key, value } of config) {
      if (key === "greeting") greeting = value;
    }
  },

  async execute(task) {
    if (task.kind.tag !== "repair" && task.kind.tag !== "optimize") {
      throw { tag: "unsupported-task", val: task.kind.tag };
    }
    emit("info", `${greeting} from JavaScript`);
    report("look around", 1, 2);
    const workspace = directory("/workspace");
    const log = read(directory("/input"), "job.log");
    const said = {
      language: "JavaScript",
      inputs: listInput().map((file) => file.path),
      listed: listWorkspace(undefined, 1000).length,
      entries: walk(workspace, "").sort(),
      greet: new TextDecoder().decode(read(workspace, "greet.txt")),
      log_bytes: log.length,
      log_sum: sum(log),
      clock_went_on: await clocksGoOn(),
      random: randomDiffers(),
      write_refused: refused(() => open(workspace, "evil.txt", { create: true }, { write: true })),
      escape_refused: refused(() => open(workspace, "../outside.txt", {}, { read: true })),
    };
    report("look around", 2, 2);
    return { tag: "abstained", val: JSON.stringify(said) };
  },

  cleanup() {},
};

function directory(path) {
  for (const [descriptor, name] of getDirectories()) {
    if (name === path) return descriptor;
  }
  throw { tag: "invalid-input", val: `${path} is not there` };
}

function open(directory, path, how, access) {
  return directory.openAt({ symlinkFollow: true }, path, how, access);
}

function read(directory, path) {
  const stream = open(directory, path, {}, { read: true }).readViaStream(0n);
  let bytes = new Uint8Array();
  for (;;) {
    try {
      bytes = concatenated(bytes, stream.blockingRead(CHUNK));
    } catch (error) {
      if (error.payload?.tag === "closed") return bytes;
      throw error;
    }
  }
}

function concatenated(one, other) {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

// Interpreted: an iterator would cost ten times what an index does.
function sum(bytes) {
  let sum = 0;
  for (let at = 0; at < bytes.length; at++) sum = (sum + bytes[at]) >>> 0;
  return sum;
}

// Every file and directory below, relative to where the walk began.
function walk(directory, prefix) {
  const paths = [];
  const entries = directory.readDirectory();
  for (let entry; (entry = entries.readDirectoryEntry()); ) {
    const path = prefix + entry.name;
    paths.push(path);
    if (entry.type === "directory") {
      const inner = open(directory, entry.name, { directory: true }, { read: true });
      paths.push(...walk(inner, `${path}/`));
    }
  }
  return paths;
}

async function clocksGoOn() {
  const [wall, monotonic] = [Date.now(), performance.now()];
  await new Promise((wake) => setTimeout(wake, NAP_MS));
  return Date.now() > wall && performance.now() - monotonic >= NAP_MS;
}

function randomDiffers() {
  const [one, other] = [crypto.getRandomValues(new Uint8Array(16)), crypto.getRandomValues(new Uint8Array(16))];
  return one.join() !== other.join();
}

// WASI's refusals arrive as errors whose payload is the error code.
function refused(attempt) {
  try {
    attempt();
    return false;
  } catch (error) {
    return typeof error.payload === "string";
  }
}
