/**
 * Installs what a fresh machine lacks; does nothing, quickly, when nothing is missing. Asks no
 * questions. `node scripts/setup.mjs` prepares for everything, `--check` only lists.
 */
import { pathToFileURL } from "node:url";
import { BUILDS, build, outdatedBuilds } from "./lib/build.mjs";
import {
  ensureRustComponents,
  installCargoTools,
  missingCargoTools,
  requireCargo,
} from "./lib/cargo-tools.mjs";
import { findNodeForCli, installNodeForCli } from "./lib/cli-node.mjs";
import { installNpmPackages, npmPackagesAreOutdated } from "./lib/npm-packages.mjs";
import { installFromSystem, missingFromSystem } from "./lib/system-packages.mjs";

export { browserPath } from "./lib/browser.mjs";
export { nodeForCli } from "./lib/cli-node.mjs";
export { run } from "./lib/run.mjs";

/**
 * @typedef {object} Need
 * @property {string} what what is missing, for people
 * @property {() => Promise<void>} install
 */

/**
 * Makes this machine ready.
 *
 * @param {object} [wanted]
 * @param {import("./lib/build.mjs").BuildScript[]} [wanted.builds] what is built if it is outdated
 *   (default: the release addon and the compiled JavaScript)
 * @param {boolean} [wanted.testTools] the cargo tools of `npm test` (default true)
 * @throws {Error} with the command to type when something cannot be installed from here
 */
export async function setup({ builds = BUILDS, testTools = true } = {}) {
  requireCargo();
  await satisfy(installNeeds({ testTools }));
  if (testTools) await ensureRustComponents();
  await satisfy(buildNeeds(builds));
}

/** In this order: a browser is downloaded by a tool from npm that asks for a recent Node. */
function installNeeds({ testTools }) {
  /** @type {Need[]} */
  const needs = [];
  if (npmPackagesAreOutdated()) {
    needs.push({ what: "npm packages", install: installNpmPackages });
  }
  if (!findNodeForCli()) {
    needs.push({ what: "a Node for the HyperFrames CLI", install: installNodeForCli });
  }
  const system = missingFromSystem();
  if (system.length > 0) {
    needs.push({ what: system.join(", "), install: () => installFromSystem(system) });
  }
  const tools = testTools ? missingCargoTools() : [];
  if (tools.length > 0) {
    needs.push({ what: `${tools.join(", ")} (minutes)`, install: () => installCargoTools(tools) });
  }
  return needs;
}

function buildNeeds(builds) {
  const outdated = outdatedBuilds().filter((script) => builds.includes(script));
  return outdated.map((script) => ({
    what: `up-to-date output of \`npm run ${script}\``,
    install: () => build([script]),
  }));
}

/** @param {Need[]} needs */
async function satisfy(needs) {
  for (const { what, install } of needs) {
    const start = performance.now();
    console.log(`setup: missing ${what}`);
    await install();
    console.log(`setup: done in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
}

async function main() {
  if (process.argv.includes("--check")) {
    const needs = [...installNeeds({ testTools: true }), ...buildNeeds(BUILDS)];
    for (const { what } of needs) console.log(`setup: missing ${what}`);
    process.exitCode = needs.length > 0 ? 1 : 0;
    return;
  }
  await setup();
  console.log("setup: everything is there");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main().catch((error) => {
    console.error(`setup: ${error.message}`);
    process.exitCode = 1;
  });
}
