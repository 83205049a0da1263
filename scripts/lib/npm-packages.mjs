/** Whether `node_modules` holds what `package-lock.json` asks for, and how to make it so. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { npm, ROOT } from "./run.mjs";

/**
 * Compares the lock file with the record npm leaves in `node_modules`. Versions are compared, not
 * times, so a fresh checkout over an installed tree costs nothing.
 *
 * @param {{ packages: Record<string, LockEntry> }} wanted
 * @param {{ packages: Record<string, LockEntry> } | undefined} installed
 * @param {{ platform: string, arch: string }} machine
 * @returns {string[]} locations that are missing or have another version
 * @typedef {{ version?: string, optional?: boolean, os?: string[], cpu?: string[] }} LockEntry
 */
export function outdatedPackages(wanted, installed, machine) {
  return Object.entries(wanted.packages)
    .filter(([location]) => location !== "")
    .filter(([, entry]) => !entry.optional || isMadeFor(entry, machine))
    .filter(([location, entry]) => installed?.packages[location]?.version !== entry.version)
    .map(([location]) => location);
}

/** @returns {boolean} whether an install is needed */
export function npmPackagesAreOutdated() {
  const lock = readJson(join(ROOT, "package-lock.json"));
  const installed = readJson(join(ROOT, "node_modules", ".package-lock.json"));
  if (!lock) return !installed;
  const { platform, arch } = process;
  return outdatedPackages(lock, installed, { platform, arch }).length > 0;
}

/** Installs the npm packages of the lock file, running none of their install scripts. */
export async function installNpmPackages() {
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await npm(["ci", ...flags], { env: { PUPPETEER_SKIP_DOWNLOAD: "1" } });
}

/** An optional package without a platform of its own may be left out by npm for good reasons. */
function isMadeFor({ os, cpu, libc }, { platform, arch }) {
  return Boolean(os && cpu && !libc) && os.includes(platform) && cpu.includes(arch);
}

function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}
