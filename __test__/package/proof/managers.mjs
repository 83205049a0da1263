/** Package managers: how each is told of a registry, installs, and runs what it has installed. */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { npm } from "../../../scripts/lib/run.mjs";

const TOOLS = ["npm@11", "pnpm@12", "yarn@1.22.22", "@yarnpkg/cli-dist@4", "bun@1"];

/**
 * @typedef {object} Manager
 * @property {string} name
 * @property {string[]} command
 * @property {(packages: string[]) => string[]} add arguments that install packages
 * @property {string[]} exec arguments before a command that a package brings
 * @property {string[]} [node] arguments before the arguments of Node, where Node alone finds nothing
 * @property {(dir: string, scopeUrl?: string) => void} configure for a registry of this package's scope
 */

/**
 * Installs the managers themselves.
 *
 * @param {string} dir
 * @param {string} node path of the Node that runs them
 * @returns {Promise<Manager[]>}
 */
export async function installManagers(dir, node) {
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await npm(["install", "--prefix", dir, ...flags, ...TOOLS], { output: "capture" });
  const { resolve } = createRequire(join(dir, "package.json"));
  const at = (path) => join(dir, "node_modules", path);
  const berry = [node, at("@yarnpkg/cli-dist/bin/yarn.js")];
  return [
    {
      name: "npm",
      command: [node, at("npm/bin/npm-cli.js")],
      add: (packages) => ["install", "--no-audit", "--no-fund", ...packages],
      exec: ["exec", "--"],
      configure: configureByNpmrc,
    },
    {
      name: "pnpm",
      command: [node, at("pnpm/bin/pnpm.mjs")],
      // It calls it an error that esbuild, of HyperFrames, has a script which it does not run.
      add: (packages) => ["add", "--ignore-scripts", ...packages],
      exec: ["exec"],
      configure: configureByNpmrc,
    },
    {
      name: "yarn 1",
      command: [node, at("yarn/bin/yarn.js")],
      add: (packages) => ["add", "--non-interactive", ...packages],
      exec: ["--silent", "run"],
      configure: configureByNpmrc,
    },
    ...["node-modules", "pnp"].map((linker) => ({
      name: `yarn 4 (${linker})`,
      command: berry,
      add: (packages) => ["add", ...packages],
      exec: ["run"],
      ...(linker === "pnp" ? { node: [...berry, "node"] } : {}),
      configure: (where, scopeUrl) => configureBerry(where, scopeUrl, linker),
    })),
    {
      name: "bun",
      command: [resolve(`@oven/bun-${process.platform}-${process.arch}/bin/bun`)],
      add: (packages) => ["add", ...packages],
      exec: ["run"],
      configure: (where, scopeUrl) =>
        writeFileSync(
          join(where, "bunfig.toml"),
          `[install]\ncache = ".cache"\n${scopeUrl ? `[install.scopes]\n"@hyperframes" = "${scopeUrl}"\n` : ""}`,
        ),
    },
  ];
}

function configureByNpmrc(dir, scopeUrl) {
  if (scopeUrl) writeFileSync(join(dir, ".npmrc"), `@hyperframes:registry=${scopeUrl}\n`);
}

function configureBerry(dir, scopeUrl, linker) {
  const settings = [
    `nodeLinker: ${linker}`,
    "enableTelemetry: false",
    "enableGlobalCache: false",
    // What Yarn knows of an earlier proof has the same names and versions.
    "globalFolder: .yarn/global",
    "enableImmutableInstalls: false",
    "npmMinimalAgeGate: 0",
    ...(scopeUrl
      ? [
          "unsafeHttpWhitelist: [127.0.0.1]",
          `npmScopes: { hyperframes: { npmRegistryServer: "${scopeUrl.replace(/\/$/, "")}" } }`,
        ]
      : []),
  ];
  writeFileSync(join(dir, ".yarnrc.yml"), `${settings.join("\n")}\n`);
  // Where there is none, the folder above is taken for the project.
  writeFileSync(join(dir, "yarn.lock"), "");
}
