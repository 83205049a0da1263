/**
 * An addon that was built for another system or processor, beside the one of this machine: both are loaded,
 * draw all transitions and render one composition, and what comes of it must be the same bytes.
 *
 *   npm run platforms:proof -- --addon FILE [options]
 *   --node COMMAND   starts a Node of its system: "qemu-aarch64 -L sysroot node" (default: this Node)
 *   --browser FILE   the browser of its render (default: the one of this machine)
 *   --no-render      where ffmpeg and a browser for that system are wanting
 *
 * docs/platforms.md says where the parts come from.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { browserPath } from "../../scripts/lib/browser.mjs";
import { nodeForCli } from "../../scripts/lib/cli-node.mjs";
import { run } from "../../scripts/lib/run.mjs";
import { materialize } from "../../scripts/materialize.mjs";

const CHILD = fileURLToPath(new URL("child.mjs", import.meta.url));
const FIXTURE = "gsap-basics";
/** Everything takes ten to fifty times as long in an emulator. */
const TIMEOUT_MS = 20 * 60_000;

const { values } = parseArgs({
  options: {
    addon: { type: "string" },
    node: { type: "string" },
    browser: { type: "string" },
    render: { type: "boolean", default: true },
  },
  allowNegative: true,
});

async function main() {
  if (!values.addon) throw new Error("--addon FILE names the addon.");
  const addon = resolve(values.addon);
  console.log(`${addon}: ${statSync(addon).size} bytes`);
  const dir = mkdtempSync(join(tmpdir(), "hf-platforms-"));
  try {
    const project = values.render ? await materialize(FIXTURE) : undefined;
    const words = values.node?.split(/\s+/).filter(Boolean) ?? [nodeForCli()];
    const browser = values.render ? browserPath() : undefined;
    const ask = (name, node, env) => answerOf(join(dir, name), node, project, env);
    const there = await ask("there", words, {
      NAPI_RS_NATIVE_LIBRARY_PATH: addon,
      HYPERFRAMES_BROWSER_PATH: values.browser ?? browser,
    });
    report("its", there);
    // An emulator may refuse what a lane needs, and each lane has rounding of its own.
    const lane = there.render?.lane;
    const here = await ask("here", [nodeForCli()], {
      HYPERFRAMES_BROWSER_PATH: browser,
      ...(lane && { HF_NATIVE_LANE: lane }),
    });
    report("this machine's", here);
    const faults = faultsOf(there, here);
    for (const fault of faults) console.log(`FAILED: ${fault}`);
    console.log(faults.length === 0 ? "all the same" : `${faults.length} failed`);
    process.exitCode = faults.length === 0 ? 0 : 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Runs the child under a Node; what it answered. */
async function answerOf(path, [program, ...args], project, env) {
  const request = { answer: `${path}.json`, project, output: `${path}.mp4` };
  const began = performance.now();
  const { code } = await run(program, [...args, CHILD, JSON.stringify(request)], {
    env: { HYPERFRAMES_NATIVE: "only", ...env },
    timeoutMs: TIMEOUT_MS,
    check: false,
  });
  const seconds = (performance.now() - began) / 1000;
  try {
    return { ...JSON.parse(readFileSync(request.answer, "utf8")), seconds };
  } catch {
    return { error: `Node ended with code ${code} and answered nothing`, seconds };
  }
}

function report(whose, { loaded, blends, render, warnings = [], seconds }) {
  const parts = [
    loaded && `addon ${loaded.addon} in Node ${loaded.node} on ${loaded.system}`,
    blends && `${Object.keys(blends).length} blends`,
    render && `rendered by ${render.engine}, ${render.mode}, ${render.lane}`,
  ];
  console.log(`${whose}: ${parts.filter(Boolean).join("; ")}; ${seconds.toFixed(1)} s`);
  for (const warning of warnings) console.log(`  ${warning}`);
}

/** In what two answers differ, and what went wrong in either. */
function faultsOf(there, here) {
  const faults = [there, here].flatMap(({ error }) => (error ? [error] : []));
  for (const [name, hash] of Object.entries(here.blends ?? {})) {
    if (there.blends && there.blends[name] !== hash) faults.push(`${name} has other bytes`);
  }
  for (const { render } of [there, here]) {
    if (render && render.engine !== "native") faults.push(JSON.stringify(render.reasons));
  }
  const both = there.render?.hash && here.render?.hash;
  if (both && there.render.hash !== here.render.hash) faults.push("the films have other bytes");
  return faults;
}

await main();
