/** Runs a published CLI with either engine and gives what it said, wrote and would have sent. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { installedCli, newerNode } from "../environment.mjs";

const RUN_MS = 180_000;
const REGISTER = new URL("../../../dist/register.js", import.meta.url).href;
const RECORD = pathToFileURL(fileURLToPath(new URL("record.mjs", import.meta.url))).href;
const node = await newerNode();

/** The executable of a published CLI. */
export function cliBin(version) {
  const dir = join(installedCli(version), "node_modules", "hyperframes");
  const { bin } = JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
  return join(dir, typeof bin === "string" ? bin : bin.hyperframes);
}

/**
 * Starts a command of a CLI.
 *
 * @param run `{ version, engine: "reference" | "native", args, home }`; `home` is an empty folder of
 *   this run alone, `limitMs` when the run is killed
 */
export function startCli({ version, engine, args, home, env: more = {}, limitMs = RUN_MS }) {
  mkdirSync(home, { recursive: true });
  const record = join(home, "record.jsonl");
  writeFileSync(record, "");
  const imports = engine === "native" ? [REGISTER, RECORD] : [RECORD];
  const env = { ...process.env, HOME: home, HF_RECORD: record, CI: "", ...more };
  // Nothing is looked up or installed in the background.
  env.HYPERFRAMES_NO_UPDATE_CHECK = "1";
  env.HYPERFRAMES_NO_AUTO_INSTALL = "1";
  for (const name of ["HYPERFRAMES_TELEMETRY", "DO_NOT_TRACK", "HYPERFRAMES_NO_TELEMETRY"]) {
    delete env[name];
  }
  // Not as arguments: a process that the CLI starts for its server has to load them, too.
  env.NODE_OPTIONS = imports.map((url) => `--import=${url}`).join(" ");
  env.PRODUCER_RENDERS_DIR = join(home, "renders");
  const child = spawn(node, [cliBin(version), ...args], {
    cwd: home,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: browsers end with it.
    detached: true,
  });
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (data) => {
      text[name] += data;
    });
  }
  const ended = new Promise((end) => child.once("close", (code, signal) => end({ code, signal })));
  const endGroup = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // Nothing is left of it.
    }
  };
  const timer = setTimeout(endGroup, limitMs);
  const done = ended.then((end) => {
    clearTimeout(timer);
    endGroup();
    return { ...end, ...text, records: readRecords(record), debug: debugTree(home) };
  });
  return { child, text, done, records: () => readRecords(record) };
}

/** Runs a command to its end. */
export function runCli(run) {
  return startCli(run).done;
}

/** Waits until `look` gives something. */
export async function until(look, what, ms = 90_000) {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`no ${what} within ${ms} ms`);
    await sleep(100);
  }
}

function readRecords(file) {
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

/** The files that `--debug` keeps, without the name of the job and what the page is made of. */
function debugTree(home) {
  const root = resolve(dirname(join(home, "renders")), ".debug");
  if (!existsSync(root)) return undefined;
  const [job] = readdirSync(root);
  const files = readdirSync(join(root, job), { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => relative(join(root, job), join(one.parentPath, one.name)));
  const log = join(root, job, "render.log");
  return { files: files.sort(), log: existsSync(log) ? readFileSync(log, "utf8") : undefined };
}
