/** The tarballs that a release would publish. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm, ROOT } from "../../../scripts/lib/run.mjs";
import { makePlatformPackages, optionalDependencies } from "../../../scripts/platform-packages.mjs";

/**
 * @param {string} dir for the tarballs
 * @returns {Promise<{ manifest: Record<string, unknown>, tarball: string }[]>} the main package first
 */
export async function packAll(dir) {
  mkdirSync(dir, { recursive: true });
  const platforms = await makePlatformPackages({ addons: join(ROOT, "native") });
  // As a release does it, but in a copy: package.json names the platform packages.
  const [packed] = await pack(ROOT, dir);
  execFileSync("tar", ["-xzf", packed.tarball, "-C", dir], { timeout: 60_000 });
  const copy = join(dir, "package");
  const path = join(copy, "package.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  manifest.optionalDependencies = optionalDependencies();
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
  const packages = await pack(copy, dir);
  for (const platform of platforms) packages.push(...(await pack(platform, dir)));
  return packages;
}

async function pack(folder, dir) {
  const flags = ["--json", "--silent", "--ignore-scripts", "--pack-destination", dir];
  const { output } = await npm(["pack", folder, ...flags], { output: "capture" });
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return JSON.parse(output).map(({ filename }) => ({ manifest, tarball: join(dir, filename) }));
}
