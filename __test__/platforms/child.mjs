/**
 * What an addon does under a Node of its own system. The argument is JSON: `answer`, the file for the
 * answer, since Node under Wine cannot write into a pipe; `project` and `output` for a render.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { arch, platform, release } from "node:os";
import { BlendPool, renderJob } from "../../dist/index.js";
import { loadBinding } from "../../dist/wire/binding.js";
import { PAIRS } from "../../scripts/lib/blend-inputs.mjs";

const SHADERS = new URL("../../src/transitions/shaders/", import.meta.url);
/** Neither is a multiple of what a vector instruction takes. */
const [WIDTH, HEIGHT] = [323, 181];
const PROGRESS = 0.37;
const warnings = [];
const logger = {
  debug() {},
  info() {},
  warn: (message) => warnings.push(message),
  error: (message) => warnings.push(message),
};
const { answer, project, output } = JSON.parse(process.argv[2]);

/** Hashes of every transition between two pictures. */
async function blends() {
  const names = readdirSync(SHADERS)
    .map((file) => file.replace(/\.rs$/, "").replaceAll("_", "-"))
    .filter((name) => name !== "mod");
  const pool = new BlendPool();
  const hashes = {};
  for (const [kind, make] of Object.entries(PAIRS)) {
    const { from, to } = make(WIDTH, HEIGHT);
    for (const name of names) {
      const out = Buffer.alloc(from.length);
      await pool.blend(name, from, to, out, WIDTH, HEIGHT, PROGRESS);
      hashes[`${name} of ${kind}`] = hashOf(out);
    }
  }
  await pool.close();
  return hashes;
}

async function rendered() {
  const options = { projectDir: project, outputPath: output, quality: "draft", logger };
  const result = await renderJob(options);
  const { mode, lane } = result.perfSummary?.native ?? {};
  const hash = result.engine === "native" ? hashOf(readFileSync(output)) : undefined;
  return { engine: result.engine, reasons: result.reasons, mode, lane, hash };
}

function hashOf(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

const said = {};
try {
  const binding = loadBinding();
  said.loaded = {
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    addon: binding.nativeVersion(),
    wire: binding.wireVersion(),
  };
  said.blends = await blends();
  if (project) said.render = await rendered();
} catch (error) {
  said.error = `${error.code ?? error.name}: ${error.message}`;
}
writeFileSync(answer, JSON.stringify({ ...said, warnings }));
