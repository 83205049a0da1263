/** What an addon for Linux asks of the system it is loaded on. As a command, checks one. */
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

/** Bytes that an addon may have. One for Linux x64 had 18.8 MB when this was written. */
export const ADDON_BUDGET = 20_000_000;
/** Bytes that the tarball of a platform package may have, and that of the main package. */
export const TARBALL_BUDGETS = { platform: 8_500_000, main: 550_000 };

/**
 * @param {string} file an addon for Linux
 * @returns {string} the newest version of glibc that one of its symbols needs, like `2.17`
 */
export function glibcFloor(file) {
  const options = { encoding: "utf8", maxBuffer: 64 << 20, timeout: 60_000 };
  return newestGlibc(execFileSync("readelf", ["--version-info", "--wide", file], options));
}

/** The newest of all `GLIBC_x.y` in a text. */
export function newestGlibc(text) {
  const versions = [...text.matchAll(/\bGLIBC_(\d+(?:\.\d+)+)/g)].map(([, version]) => version);
  if (versions.length === 0) throw new Error("It needs no version of glibc: is it for Linux?");
  return versions.sort(compareVersions).at(-1);
}

/** As `Array.prototype.sort` wants it. */
export function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  const at = left.findIndex((part, index) => part !== right[index]);
  if (at < 0) return left.length - right.length;
  return left[at] - (right[at] ?? -1);
}

function main() {
  const { values, positionals } = parseArgs({
    options: { glibc: { type: "string" } },
    allowPositionals: true,
  });
  for (const file of positionals) {
    const { size } = statSync(file);
    const floor = values.glibc && glibcFloor(file);
    console.log(`${file}: ${size} bytes${floor ? `, glibc ${floor}` : ""}`);
    if (size > ADDON_BUDGET) throw new Error(`${file} is larger than ${ADDON_BUDGET} bytes`);
    if (floor && compareVersions(floor, values.glibc) > 0) {
      throw new Error(`${file} needs glibc ${floor}, and ${values.glibc} was promised`);
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
