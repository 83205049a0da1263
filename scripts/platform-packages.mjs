/**
 * Makes the folders of the platform packages in `npm/`: what napi writes for each target, and in each
 * the licence, the licences of what is linked into the addon, and what package managers want to know.
 *
 *   npm run package:platforms                    all targets of package.json
 *   npm run package:platforms -- --addons DIR    and puts the addons found below DIR into them
 *   npm run package:platforms -- --main          names them in package.json, for publishing
 *
 * What it changes in package.json is not for committing.
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { thirdPartyNotices } from "./lib/notices.mjs";
import { ROOT, run } from "./lib/run.mjs";

/** The C library that addons for Linux are linked with, at its oldest. The README says the same. */
export const GLIBC_FLOOR = "2.17";
const FOLDER = join(ROOT, "npm");
const NOTICES = "THIRD-PARTY-NOTICES.txt";

/**
 * @param {object} [options]
 * @param {string} [options.addons] folder that is searched for addons
 * @returns {Promise<string[]>} the folders, absolute
 */
export async function makePlatformPackages({ addons } = {}) {
  const { publishConfig } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  for (const dir of platformFolders()) rmSync(dir, { recursive: true });
  const cli = join(ROOT, "node_modules", "@napi-rs", "cli", "dist", "cli.js");
  await run(process.execPath, [cli, "create-npm-dirs"], { output: "capture" });
  const found = addons ? addonsBelow(resolve(addons)) : [];
  for (const dir of platformFolders()) {
    const path = join(dir, "package.json");
    const written = JSON.parse(readFileSync(path, "utf8"));
    const manifest = { ...completed(written), publishConfig };
    writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
    cpSync(join(ROOT, "LICENSE"), join(dir, "LICENSE"));
    writeFileSync(join(dir, NOTICES), await thirdPartyNotices(targetOf(dir)));
    const addon = found.find((file) => file.endsWith(manifest.main));
    if (addon) cpSync(addon, join(dir, manifest.main));
  }
  return platformFolders();
}

/** The Rust target of a platform package, which napi names in its README only. */
function targetOf(dir) {
  const readme = readFileSync(join(dir, "README.md"), "utf8");
  const target = /\*\*([\w-]+)\*\*/.exec(readme)?.[1];
  if (!target) throw new Error(`${dir}/README.md names no target.`);
  return target;
}

/** What napi leaves out. */
export function completed(manifest) {
  const { libc, main } = manifest;
  return {
    ...manifest,
    files: [main, NOTICES],
    // A file in a zip cannot be loaded by the system.
    preferUnplugged: true,
    ...(libc?.includes("glibc") ? { config: { glibc: `>=${GLIBC_FLOOR}` } } : {}),
  };
}

/** @returns {Record<string, string>} the platform packages with the version of this one */
export function optionalDependencies() {
  const manifests = platformFolders().map((dir) =>
    JSON.parse(readFileSync(join(dir, "package.json"), "utf8")),
  );
  return Object.fromEntries(manifests.map(({ name, version }) => [name, version]));
}

export function platformFolders() {
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(FOLDER, name))
    .sort();
}

function addonsBelow(dir) {
  return readdirSync(dir, { recursive: true })
    .map((name) => join(dir, String(name)))
    .filter((path) => path.endsWith(".node") && existsSync(path));
}

async function main() {
  const { values } = parseArgs({
    options: { addons: { type: "string" }, main: { type: "boolean", default: false } },
  });
  for (const dir of await makePlatformPackages(values)) console.log(dir);
  if (!values.main) return;
  const path = join(ROOT, "package.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  manifest.optionalDependencies = optionalDependencies();
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
