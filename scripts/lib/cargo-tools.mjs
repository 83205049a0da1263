/**
 * The cargo subcommands that `npm test` and other commands need beyond a plain Rust toolchain. As a command, installs
 * those that are named and missing: `node scripts/lib/cargo-tools.mjs cargo-deny`.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CARGO_TOOLS_DIR, run, which } from "./run.mjs";

const TOOLS = [
  // `self-update` would pull in a TLS stack for a command nobody calls here.
  { name: "cargo-nextest", flags: ["--no-default-features", "--features", "default-no-update"] },
  { name: "cargo-deny", flags: ["--version", "~0.20"] },
];
/** What `npm test` does without. */
const RARE_TOOLS = [{ name: "cargo-fuzz", flags: [] }];
const COMPONENTS = [
  { binary: "cargo-fmt", component: "rustfmt" },
  { binary: "cargo-clippy", component: "clippy" },
];

/** @throws {Error} when there is no Rust toolchain */
export function requireCargo() {
  if (which("cargo")) return;
  throw new Error("No Rust toolchain found. Install one from https://rustup.rs, then run again.");
}

/** @returns {string[]} names of the cargo tools that are not on the search path */
export function missingCargoTools() {
  return TOOLS.map(({ name }) => name).filter((name) => !which(name));
}

/**
 * Compiles the missing tools into `.cache/`, unoptimised: both only drive other programs, and
 * their release profiles (whole-program optimisation) take several times as long to build.
 *
 * @param {string[]} names from `missingCargoTools`
 */
export async function installCargoTools(names) {
  // One target directory lets the second tool reuse what the first compiled.
  const target = join(CARGO_TOOLS_DIR, "target");
  for (const { name, flags } of [...TOOLS, ...RARE_TOOLS].filter((tool) =>
    names.includes(tool.name),
  )) {
    await run(
      "cargo",
      ["install", "--quiet", "--locked", "--debug", "--root", CARGO_TOOLS_DIR, ...flags, name],
      {
        env: { CARGO_TARGET_DIR: target, CARGO_PROFILE_DEV_DEBUG: "0" },
        timeoutMs: 30 * 60_000,
      },
    );
  }
  await rm(target, { recursive: true, force: true });
}

/** Installs one of the tools that only commands of their own need, if it is missing. */
export async function ensureCargoTool(name) {
  if (!which(name)) await installCargoTools([name]);
}

/** Adds the toolchain components that a minimal rustup installation leaves out. */
export async function ensureRustComponents() {
  const missing = [];
  for (const { binary, component } of COMPONENTS) {
    const { code } = await run(binary, ["--version"], { output: "capture", check: false });
    if (code !== 0) missing.push(component);
  }
  if (missing.length === 0) return;
  if (!which("rustup")) throw new Error(`Please install the Rust tools: ${missing.join(", ")}.`);
  await run("rustup", ["component", "add", ...missing]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const wanted = process.argv.slice(2);
  installCargoTools(missingCargoTools().filter((name) => wanted.includes(name))).catch((error) => {
    console.error(`cargo-tools: ${error.message}`);
    process.exitCode = 1;
  });
}
