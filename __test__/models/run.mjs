/**
 * Explores how the concurrent parts of the engine interleave (`__test__/models`).
 *
 *   npm run models                    every model, 4,000 schedules each
 *   npm run models -- --schedules N   N of each of two kinds
 *   npm run models -- --faults        puts known faults into copies of the sources: each must be found
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CACHE_DIR, ROOT, run } from "../../scripts/lib/run.mjs";
import { FAULTS } from "./faults.mjs";

const HOUR = 60 * 60_000;
const MODELS = "__test__/models";

const { values } = parseArgs({
  options: { faults: { type: "boolean" }, schedules: { type: "string" } },
});

/** Runs the models of the sources below `root`. */
function explore(root, { test = [], skip = [], output = "inherit" } = {}) {
  return run("cargo", ["test", "--locked", "--release", ...test, "--", "--nocapture", ...skip], {
    cwd: join(root, MODELS),
    env: {
      CARGO_TARGET_DIR: join(CACHE_DIR, "models"),
      ...(values.schedules ? { MODEL_SCHEDULES: values.schedules } : {}),
    },
    timeoutMs: HOUR,
    output,
    check: false,
  });
}

/** Whether the models find `fault` in a copy of the sources. */
async function isFound({ file, right, wrong, model }, root) {
  const path = join(root, file);
  const text = readFileSync(path, "utf8");
  if (text.split(right).length !== 2) throw new Error(`${file} has no single place: ${right}`);
  writeFileSync(path, text.replace(right, wrong));
  try {
    const { code, output } = await explore(root, {
      test: ["--test", model],
      skip: ["--skip", "every_order"],
      output: "capture",
    });
    if (output.includes("error: could not compile")) throw new Error(output);
    return code !== 0;
  } finally {
    writeFileSync(path, text);
  }
}

async function findFaults() {
  const root = mkdtempSync(join(tmpdir(), "hf-models-"));
  try {
    for (const part of ["src", MODELS]) {
      cpSync(join(ROOT, part), join(root, part), { recursive: true });
    }
    let missed = 0;
    for (const fault of FAULTS) {
      const found = await isFound(fault, root);
      missed += found ? 0 : 1;
      console.log(`${found ? "found " : "MISSED"}  ${fault.what}`);
    }
    console.log(`${FAULTS.length - missed} passed, ${missed} failed`);
    return missed > 0 ? 1 : 0;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

process.exitCode = values.faults ? await findFaults() : (await explore(ROOT)).code;
