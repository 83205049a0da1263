#!/usr/bin/env node
/** Writes docs/troubleshooting.md from what people see (lib/docs/troubles.mjs) and from docs/errors.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { TROUBLES } from "./lib/docs/troubles.mjs";
import { ROOT } from "./lib/run.mjs";

/** Where the page is kept, from the repository's root on. */
export const PAGE = "docs/troubleshooting.md";
const PREFIX = "HF_NATIVE_";

/**
 * @param {string} text of docs/errors.md
 * @returns {Map<string, { happened: string, remedy: string }>} by code, without `HF_NATIVE_`
 */
export function errorsOf(text) {
  const rows = text.matchAll(/^\| `HF_NATIVE_([A-Z_]+)` \| (.+?) \| (.+) \|$/gm);
  return new Map([...rows].map(([, code, happened, remedy]) => [code, { happened, remedy }]));
}

/** @throws where a row names a code that docs/errors.md does not have, or one is missing */
export function troubleshootingPage() {
  const errors = errorsOf(readFileSync(join(ROOT, "docs", "errors.md"), "utf8"));
  const named = TROUBLES.flatMap(([, troubles]) => troubles.flatMap(({ codes = [] }) => codes));
  const missing = [...errors.keys()].filter((code) => !named.includes(code));
  const unknown = named.filter((code) => !errors.has(code));
  if (missing.length + unknown.length > 0) {
    throw new Error(`troubles.mjs lacks [${missing}] and has [${unknown}], which is no code`);
  }
  const sections = TROUBLES.map(([title, troubles]) => {
    const rows = troubles.flatMap((trouble) => rowsOf(trouble, errors));
    return `## ${title}

| you see | code | cause | what to do |
|---|---|---|---|
${rows.join("\n")}
`;
  });
  return `# Troubleshooting

Look for what you see; the last section is for renders that work. Every error has a code, and its message names
the file, the field or the program at fault: read that first. \`npx hyperframes-native doctor\` says what the machine
lacks, \`render --explain\` how a project would be rendered. [errors.md](errors.md) has the codes by themselves, and
[reliability.md](reliability.md) what a render survives.

Written by \`npm run docs:troubles\`.

${sections.join("\n")}`;
}

/** One row for each code; what is seen and where more is said stand in the first. */
function rowsOf({ sees, codes, cause, remedy, more }, errors) {
  const link = more ? `. More: ${more}` : "";
  if (!codes) return [`| ${sees} | – | ${cause} | ${remedy}${link} |`];
  return codes.map((code, index) => {
    const error = errors.get(code);
    const cells = [index === 0 ? sees : "″", `\`${PREFIX}${code}\``, error.happened];
    return `| ${cells.join(" | ")} | ${error.remedy}${index === 0 ? link : ""} |`;
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(join(ROOT, PAGE), troubleshootingPage());
  console.log(`written to ${PAGE}`);
}
