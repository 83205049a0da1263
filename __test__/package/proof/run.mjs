/**
 * The package as a stranger meets it: packed, put into a registry on loopback, installed into empty
 * folders by every package manager, and rendered with. Writes docs/package.md.
 *
 *   npm run package:proof                        everything (minutes; needs the npm registry)
 *   npm run package:proof -- --only npm,pnpm     these managers, and no document
 *   npm run package:proof -- --published 0.1.0   what npm has, instead of what is packed here
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BUILDS } from "../../../scripts/lib/build.mjs";
import { nodeForCli } from "../../../scripts/lib/cli-node.mjs";
import { npm, ROOT } from "../../../scripts/lib/run.mjs";
import { browserPath, setup } from "../../../scripts/setup.mjs";
import { installManagers } from "./managers.mjs";
import { packAll } from "./pack.mjs";
import { serveRegistry } from "./registry.mjs";
import { brokenRows, installRow, renderRows } from "./renders.mjs";
import { REPORT, reportText } from "./report.mjs";
import { sizes } from "./sizes.mjs";

const { values } = parseArgs({
  options: { only: { type: "string" }, published: { type: "string" } },
});
const only = values.only?.split(",").map((name) => name.trim());

async function main() {
  await setup({ builds: values.published === undefined ? BUILDS : [], testTools: false });
  // Elsewhere: nothing of this repository may be found from there.
  const root = mkdtempSync(join(tmpdir(), "hf-package-"));
  let registry;
  try {
    const packages = values.published ? [] : await packAll(join(root, "packed"));
    const { output } = await npm(["config", "get", "registry"], { output: "capture" });
    if (!values.published) registry = await serveRegistry(packages, output.trim());
    const managers = (await installManagers(join(root, "managers"), nodeForCli())).filter(
      ({ name }) => !only || only.some((wanted) => name.startsWith(wanted)),
    );
    const rows = [];
    for (const manager of managers) {
      const dir = join(root, manager.name.replaceAll(/\W+/g, "-"));
      mkdirSync(dir);
      const place = { manager, dir, bin: join(root, "bin"), browser: browserPath() };
      rows.push(await tell(installRow(place, registry?.url, values.published)));
      for await (const row of renderRows(place)) rows.push(await tell(row));
      if (manager.name === "npm")
        for await (const row of brokenRows(place)) rows.push(await tell(row));
    }
    const facts = values.published ? [] : sizes(packages);
    for (const fact of facts) console.log(`${fact.what}: ${fact.text}${fact.failure ?? ""}`);
    if (!only && !values.published) writeFileSync(join(ROOT, REPORT), reportText(rows, facts));
    const failed = [...rows, ...facts].filter(({ failure }) => failure);
    console.log(`${rows.length + facts.length - failed.length} passed, ${failed.length} failed`);
    process.exitCode = failed.length > 0 ? 1 : 0;
  } finally {
    registry?.close();
    rmSync(root, { recursive: true, force: true });
  }
}

/** Prints a row when it is there. */
async function tell(coming) {
  const row = await coming;
  const state = row.failure ? `FAILED: ${row.failure}` : row.engine;
  console.log(
    `${row.manager.padEnd(20)} ${row.what.padEnd(48)} ${row.seconds.toFixed(1)} s  ${state}`,
  );
  return row;
}

await main();
