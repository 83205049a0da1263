/**
 * Draws what `hyperframes-native doctor` and `bench` print, for the documentation: `docs/doctor.svg` and
 * `docs/bench-command.svg`. Both run for real, on this machine, in a folder made for it. One rule
 * keeps paths of this machine out: that folder is shown as `~/films`.
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { ROOT } from "./lib/run.mjs";
import { terminalSvg } from "./lib/terminal-svg.mjs";
import { materializeProject } from "./materialize.mjs";
import { browserPath, nodeForCli, run, setup } from "./setup.mjs";

const TIMEOUT_MS = 20 * 60_000;
const SHOWN_FOLDER = "~/films";
/** [picture, arguments of the command]. */
const PICTURES = [
  ["doctor.svg", ["doctor"]],
  ["bench-command.svg", ["bench", "launch", "--quality", "draft"]],
];

async function main() {
  await setup({ testTools: false });
  const only = process.argv.slice(2);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "films-")));
  try {
    await materializeProject(join(ROOT, "examples", "launch"), join(folder, "launch"));
    for (const [name, args] of PICTURES) {
      if (only.length > 0 && !only.includes(args[0])) continue;
      const output = (await printed(args, folder)).replaceAll(folder, SHOWN_FOLDER);
      const command = ["npx", "hyperframes-native", ...args].join(" ");
      writeFileSync(join(ROOT, "docs", name), terminalSvg({ command, output }));
      console.log(`\n${stripVTControlCharacters(output)}\nwritten to docs/${name}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the command prints on stdout, with colours. */
async function printed(args, cwd) {
  const cli = join(ROOT, "bin", "hyperframes-native.js");
  const { output } = await run(nodeForCli(), [cli, ...args], {
    cwd,
    env: {
      FORCE_COLOR: "1",
      HYPERFRAMES_BROWSER_PATH: browserPath(),
      HYPERFRAMES_TELEMETRY: "0",
    },
    output: "stdout",
    timeoutMs: TIMEOUT_MS,
  });
  return output;
}

main().catch((error) => {
  console.error(`terminal pictures: ${error.message}`);
  process.exitCode = 1;
});
