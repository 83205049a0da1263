/**
 * Looks for bytes at which a reader of the engine panics, hangs or takes memory without bound
 * (`src/fuzzing.rs`). Needs a nightly Rust toolchain.
 *
 *   npm run fuzz                      every reader for a minute
 *   npm run fuzz -- png,gif --seconds 600
 *
 * New inputs are kept in `.cache/fuzz/`. One at which a reader failed belongs into `__test__/fuzz/corpus/`,
 * where every test run reads it.
 */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureCargoTool } from "../../scripts/lib/cargo-tools.mjs";
import { CACHE_DIR, ROOT, run } from "../../scripts/lib/run.mjs";

const FUZZ = join(ROOT, "__test__", "fuzz");
const CORPUS = join(FUZZ, "corpus");
const FOUND = join(CACHE_DIR, "fuzz");
/** An input for which a reader takes longer is a fault, seconds. */
const HANGS_AFTER = 10;
const MOST_MEMORY_MIB = 2048;
const LARGEST_INPUT = 64 * 1024;
/** The sanitizer's build of every dependency, on a busy machine. */
const BUILD_MINUTES = 90;
/** How long a search may take to end after its time. */
const END_MINUTES = 2;
const ENVIRONMENT = { CARGO_TARGET_DIR: join(CACHE_DIR, "fuzz", "target") };

const { values, positionals } = parseArgs({
  options: { seconds: { type: "string", default: "60" } },
  allowPositionals: true,
});
const readers = positionals[0]?.split(",") ?? readdirSync(CORPUS).sort();
const seconds = Number(values.seconds);
if (!(seconds > 0)) throw new Error(`--seconds is "${values.seconds}"; give a number above 0`);

await ensureCargoTool("cargo-fuzz");
await run("cargo", ["+nightly", "fuzz", "build", "--fuzz-dir", FUZZ, "reader"], {
  env: ENVIRONMENT,
  timeoutMs: BUILD_MINUTES * 60_000,
});
let failed = 0;
for (const reader of readers) {
  const { code, executions, inputs } = await search(reader);
  failed += code === 0 ? 0 : 1;
  const outcome = code === 0 ? "ok" : `FAILED, see ${join(".cache", "fuzz", reader, "failures")}`;
  console.log(`${reader}: ${executions} executions, ${inputs} inputs kept, ${outcome}`);
}
console.log(`${readers.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

async function search(reader) {
  const [inputs, failures] = ["inputs", "failures"].map((name) => join(FOUND, reader, name));
  for (const folder of [inputs, failures]) mkdirSync(folder, { recursive: true });
  const options = {
    max_total_time: seconds,
    timeout: HANGS_AFTER,
    rss_limit_mb: MOST_MEMORY_MIB,
    max_len: LARGEST_INPUT,
    print_final_stats: 1,
    artifact_prefix: `${failures}/`,
  };
  const { code, output } = await run(
    "cargo",
    [
      ...["+nightly", "fuzz", "run", "--fuzz-dir", FUZZ, "reader", inputs, join(CORPUS, reader)],
      ...["--", ...Object.entries(options).map(([name, value]) => `-${name}=${value}`)],
    ],
    {
      env: { ...ENVIRONMENT, HF_FUZZ_READER: reader },
      timeoutMs: (seconds + END_MINUTES * 60) * 1000,
      output: "capture",
      check: false,
    },
  );
  const executions = /number_of_executed_units:\s+(\d+)/.exec(output)?.[1];
  if (code !== 0 || !executions) console.log(output.slice(-4000));
  return {
    code: executions ? code : code || 1,
    executions: executions ?? 0,
    inputs: readdirSync(inputs).length,
  };
}
