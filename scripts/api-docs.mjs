#!/usr/bin/env node
/** Writes the reference of all exports into docs/api, from the types and their comments (typedoc.json). */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Application } from "typedoc";
import { anchorsOf } from "./lib/markdown.mjs";
import { ROOT } from "./lib/run.mjs";

/** Where the reference is kept, from the repository's root on. */
export const API = "docs/api";

/**
 * @param {string} out folder that is emptied and written
 * @throws where typedoc warns: of what has no comment, of links to nothing, of types that are not exported
 */
export async function writeApiReference(out) {
  const app = await Application.bootstrapWithPlugins({ options: ROOT, out });
  const project = await app.convert();
  if (!project) throw new Error("typedoc found errors of TypeScript");
  app.validate(project);
  await app.generateOutputs(project);
  const { warningCount, errorCount } = app.logger;
  if (warningCount + errorCount > 0) {
    throw new Error(`typedoc: ${errorCount} errors, ${warningCount} warnings`);
  }
  for (const name of readdirSync(out)) {
    const file = join(out, name);
    writeFileSync(file, withRightAnchors(readFileSync(file, "utf8")));
  }
}

/**
 * The plugin numbers the anchor of a type whose name is that of a class and its method together
 * (`BlendPoolStats`, `BlendPool.stats`) as if both had one heading. They have not.
 */
function withRightAnchors(text) {
  const anchors = anchorsOf(text);
  return text.replace(/\]\(#([\w-]+?)-\d+\)/g, (link, plain) => {
    const numbered = link.slice(3, -1);
    return anchors.has(numbered) || !anchors.has(plain) ? link : `](#${plain})`;
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await writeApiReference(join(ROOT, API));
}
