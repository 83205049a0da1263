/**
 * Writes `dist/cjs/`: for each entry of `package.json` a CommonJS module that requires the module for
 * `import`, so that both give the same classes, and its declarations as TypeScript wants them for
 * `require`. Run by `npm run build:js`, after the compiler.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./lib/run.mjs";

const DIST = join(ROOT, "dist");
const CJS = join(DIST, "cjs");

/** Names of the entries, from their `require` conditions. */
export function entryNames(exports) {
  return Object.values(exports)
    .map((target) => /^\.\/dist\/cjs\/(\w+)\.js$/.exec(target?.require?.default ?? "")?.[1])
    .filter((name) => name !== undefined);
}

/** Paths below `dir` of the declarations that a file reaches, itself included. */
export function reachable(dir, entry, seen = new Set()) {
  const path = join(dir, entry);
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const [, request] of readFileSync(path, "utf8").matchAll(/["'](\.{1,2}\/[^"']+)\.js["']/g)) {
    reachable(dir, relative(dir, resolve(dirname(path), `${request}.d.ts`)), seen);
  }
  return seen;
}

function main() {
  const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  rmSync(CJS, { recursive: true, force: true });
  mkdirSync(CJS, { recursive: true });
  writeFileSync(join(CJS, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
  const files = new Set();
  for (const name of entryNames(exports)) {
    writeFileSync(join(CJS, `${name}.js`), `module.exports = require("../${name}.js");\n`);
    reachable(DIST, `${name}.d.ts`, files);
  }
  for (const path of files) cpSync(path, join(CJS, relative(DIST, path)));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
