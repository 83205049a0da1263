/**
 * Publishes the platform packages in `npm/`, then the main one. What the registry has already is left
 * alone, so that a release that broke off can be repeated. Run by .github/workflows/release.yml after
 * `npm run package:platforms -- --addons DIR --main`; `--dry-run` publishes nothing.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { npm, ROOT } from "./lib/run.mjs";
import { platformFolders } from "./platform-packages.mjs";

/**
 * The folders to publish, in order.
 *
 * @param {string[]} platforms
 * @param {string} main
 * @throws {Error} when a platform package has no addon, or the main one does not name all of them
 */
export function publishOrder(platforms, main) {
  const { optionalDependencies = {}, version, napi } = manifestOf(main);
  if (platforms.length !== napi.targets.length) {
    throw new Error(`${platforms.length} platform packages for ${napi.targets.length} targets`);
  }
  for (const dir of platforms) {
    const manifest = manifestOf(dir);
    if (!existsSync(join(dir, manifest.main))) throw new Error(`${dir} has no ${manifest.main}`);
    if (optionalDependencies[manifest.name] !== version || manifest.version !== version) {
      throw new Error(`${main}/package.json does not name ${manifest.name} ${version}`);
    }
  }
  // Last: whoever installs it finds the others.
  return [...platforms, main];
}

/** Versions with a hyphen are no release: nobody gets them unasked. */
export function tagOf(version) {
  return version.includes("-") ? "next" : "latest";
}

async function main() {
  const { values } = parseArgs({ options: { "dry-run": { type: "boolean", default: false } } });
  for (const dir of publishOrder(platformFolders(), ROOT)) {
    const { name, version } = manifestOf(dir);
    if (await isPublished(name, version)) {
      console.log(`${name} ${version} is published already`);
      continue;
    }
    const flags = ["--access", "public", "--provenance", "--tag", tagOf(version)];
    const dry = values["dry-run"] ? ["--dry-run"] : [];
    await npm(["publish", "--ignore-scripts", ...flags, ...dry], { cwd: dir });
  }
}

async function isPublished(name, version) {
  const args = ["view", `${name}@${version}`, "version", "--json"];
  const { code, output } = await npm(args, { output: "capture", check: false });
  if (code === 0) return output.includes(version);
  if (/E404/.test(output)) return false;
  throw new Error(`npm does not say whether ${name} ${version} is published: ${output}`);
}

function manifestOf(dir) {
  return JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
