/** The licences of the Rust crates that are linked into the addon, as a text to ship with it. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "./run.mjs";

const LICENCE = /^(?:licen[cs]e|copying|notice|unlicense)/i;

/**
 * @param {string} target Rust target
 * @returns {Promise<string>}
 */
export async function thirdPartyNotices(target) {
  const crates = linkedCrates(await metadata(target));
  return noticesOf(crates.sort((a, b) => (a.id < b.id ? -1 : 1)));
}

async function metadata(target) {
  const flags = ["--format-version", "1", "--locked", "--filter-platform", target];
  // Not by `run`, which keeps both streams in one text, and only its end.
  const options = { cwd: ROOT, maxBuffer: 256 << 20, timeout: 5 * 60_000 };
  const { stdout } = await promisify(execFile)("cargo", ["metadata", ...flags], options);
  return JSON.parse(stdout);
}

/** Crates that the addon is linked with: no build scripts, no macros, no tests. */
export function linkedCrates({ packages, resolve }) {
  const byId = new Map(packages.map((crate) => [crate.id, crate]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const linked = new Set();
  const visit = (id) => {
    if (linked.has(id)) return;
    linked.add(id);
    for (const { pkg, dep_kinds: kinds } of nodes.get(id).deps) {
      const isMacro = byId.get(pkg).targets.some(({ kind }) => kind.includes("proc-macro"));
      if (!isMacro && kinds.some(({ kind }) => kind === null)) visit(pkg);
    }
  };
  visit(resolve.root);
  linked.delete(resolve.root);
  return [...linked].map((id) => byId.get(id));
}

function noticesOf(crates) {
  const parts = [
    "THIRD-PARTY NOTICES",
    "",
    "The addon of @hyperframes/producer-native contains the Rust standard library (MIT OR Apache-2.0)",
    `and these ${crates.length} crates. Texts that several crates share stand once.`,
    "",
    ...crates.map(({ name, version, license }) => `  ${name} ${version}: ${license}`),
  ];
  const texts = new Map();
  for (const crate of crates) {
    for (const text of licenceTexts(crate)) {
      texts.set(text, [...(texts.get(text) ?? []), `${crate.name} ${crate.version}`]);
    }
  }
  for (const [text, names] of texts) {
    parts.push("", "=".repeat(78), names.join(", "), "=".repeat(78), "", text);
  }
  return `${parts.join("\n")}\n`;
}

/** @throws {Error} for a crate that ships no text and whose licence is not one that we can fill in */
export function licenceTexts(crate) {
  const dir = dirname(crate.manifest_path);
  const own = licenceFiles(dir);
  // Sources of another project, in C.
  const found = [...own, ...licenceFiles(join(dir, "vendor"))];
  const texts = found.map((path) => readFileSync(path, "utf8").replaceAll("\r\n", "\n").trim());
  if (own.length > 0) return texts;
  const mayBeMit = /(?:^|[^-\w])MIT(?![-\w])/.test(crate.license) && !crate.license.includes("AND");
  if (!mayBeMit) {
    throw new Error(`${crate.name} ${crate.version} (${crate.license}) ships no licence text.`);
  }
  return [...texts, MIT(crate.authors.join(", ") || `the authors of ${crate.name}`)];
}

function licenceFiles(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENCE.test(entry.name))
    .map(({ name }) => join(dir, name))
    .sort();
}

const MIT = (holders) => `MIT License

Copyright (c) ${holders}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;
