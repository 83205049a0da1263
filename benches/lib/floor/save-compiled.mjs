#!/usr/bin/env node
/**
 * Compiles a project for the floor, in a process of its own: upstream's bundle keeps timers
 * and handlers in whatever process loads it.
 *
 *   save-compiled.mjs PROJECT OUT FPS FORMAT
 */
import { compile, resolveUpstream, saveCompiled } from "../../../dist/index.js";
import { repoRoot } from "../../../scripts/materialize.mjs";

const [project, out, fps, format] = process.argv.slice(2);
const silent = { error() {}, warn() {}, info() {}, debug() {} };
try {
  const upstream = await resolveUpstream([repoRoot]);
  const config = { fps: Number(fps), quality: "standard", format };
  const compilation = await compile(upstream, project, config, { logger: silent });
  try {
    await saveCompiled(compilation.composition, out);
  } finally {
    await compilation.dispose();
  }
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
