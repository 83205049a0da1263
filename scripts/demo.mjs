/**
 * Renders `examples/launch` with the unmodified HyperFrames CLI on the native engine, after
 * installing whatever this machine lacks for it.
 */
import { mkdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { CACHE_DIR, ROOT } from "./lib/run.mjs";
import { materializeProject } from "./materialize.mjs";
import { browserPath, nodeForCli, run, setup } from "./setup.mjs";

const OUTPUT = join(ROOT, "out", "launch.mp4");
const RENDER_TIMEOUT_MS = 15 * 60_000;

async function main() {
  await setup({ testTools: false });
  await mkdir(join(ROOT, "out"), { recursive: true });
  const project = await materializeProject(
    join(ROOT, "examples", "launch"),
    join(CACHE_DIR, "examples", "launch"),
  );

  const start = performance.now();
  const cli = join(ROOT, "bin", "hyperframes-native.js");
  await run(nodeForCli(), [cli, "render", project, "-o", OUTPUT, "--explain=time"], {
    // `only`: a demo that silently rendered with the HyperFrames engine would show nothing.
    env: {
      HYPERFRAMES_NATIVE: "only",
      HYPERFRAMES_BROWSER_PATH: browserPath(),
      HYPERFRAMES_TELEMETRY: "0",
    },
    timeoutMs: RENDER_TIMEOUT_MS,
  });

  const megabytes = (await stat(OUTPUT)).size / 1e6;
  const seconds = (performance.now() - start) / 1000;
  const shown = relative(process.cwd(), OUTPUT);
  console.log(`\n${shown}  (${megabytes.toFixed(1)} MB, rendered in ${seconds.toFixed(1)} s)`);
}

main().catch((error) => {
  console.error(`demo: ${error.message}`);
  process.exitCode = 1;
});
