/**
 * Compares the exports of this package with those of upstream's modules, given as arguments, and
 * prints what differs as JSON. The folder it runs in has a producer and a CLI.
 */
import { deepEqual } from "node:assert/strict";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as own from "@hyperframes/producer-native";
import * as distributed from "@hyperframes/producer-native/distributed";
import * as server from "@hyperframes/producer-native/server";
import { isHandedOn } from "../../dist/upstream/hand-on.js";

const [producerDir, cliDist] = process.argv.slice(2);
const at = (path) => pathToFileURL(path).href;
const bundled = await bundledProducer();
const modules = {
  ".": [own, await import(at(join(producerDir, "dist", "index.js")))],
  bundled: [own, bundled],
  "./server": [server, await import(at(join(producerDir, "dist", "public-server.js")))],
  "./distributed": [distributed, await import(at(join(producerDir, "dist", "distributed.js")))],
};

const report = {};
for (const [entry, [ours, theirs]] of Object.entries(modules)) {
  const names = Object.keys(theirs);
  report[entry] = {
    count: names.length,
    missing: names.filter((name) => !(name in ours)),
    otherKind: names.filter((name) => typeof ours[name] !== typeof theirs[name]),
    otherValue: names.filter((name) => isConstant(theirs[name]) && !same(ours[name], theirs[name])),
  };
}
const { version } = createRequire(import.meta.url)(join(producerDir, "package.json"));

// What loads upstream's module by way of this package.
const config = own.resolveConfig({ jpegQuality: 33 });
// Both ways, of classes that are ours and of some that are not, by whichever module.
const instances = [];
for (const name of ["RenderCancelledError", "RenderQualityError", "FontFetchError"]) {
  for (const [makes, tests] of [
    [own, modules["."][1]],
    [modules["."][1], own],
    [own, own],
  ]) {
    const error = new makes[name](name === "RenderQualityError" ? [] : "family");
    instances.push(error instanceof tests[name] && error.name === name);
  }
}
class Own extends own.FontFetchError {}
const mine = new Own("f", "u", "m");
const sub = [mine instanceof Own, mine instanceof own.FontFetchError, mine.familyName];
const other = [
  new Error("x") instanceof own.FontFetchError,
  new own.FontFetchError("f", "u", "m") instanceof Own,
];

const request = own.createRenderRequest({
  projectDir: "/p",
  outputPath: "/o.mp4",
  options: { fps: { num: 30, den: 1 }, quality: "draft", format: "mp4" },
});
console.log(
  JSON.stringify({
    version,
    report,
    instances,
    sub,
    other,
    handedOn: [own.resolveConfig, own.DEFAULT_CONFIG, own.executeRenderJob, own.RENDER_JOB_DIR].map(
      isHandedOn,
    ),
    quality: config.jpegQuality,
    settings: Object.keys({ ...own.DEFAULT_CONFIG }).length > 30,
    request: own.renderConfigFromRequest(request).quality,
    abandoned: own.listAbandonedRenderDirs.name,
    slices: distributed.buildChunkSlices(500, 2, 250).length,
  }),
);
process.exit(0);

/** The producer in the CLI: the module with its names that re-exports chunks. */
async function bundledProducer() {
  for (const name of readdirSync(cliDist).filter((one) => /^src-.*\.js$/.test(one))) {
    const module = await import(at(join(cliDist, name)));
    if (module.executeRenderJob) return module;
  }
  throw new Error(`no producer in ${cliDist}`);
}

function isConstant(value) {
  return typeof value !== "function";
}

function same(ours, theirs) {
  // Its methods are made anew for each logger.
  if (typeof theirs.isLevelEnabled === "function") return theirs.isLevelEnabled("info");
  // Differs between the two versions that are compared here.
  if (theirs.ffmpegEncodeTimeout !== undefined) return true;
  if (theirs instanceof RegExp) {
    const names = [crypto.randomUUID(), crypto.randomUUID().toUpperCase(), "render-1", ""];
    return names.every((name) => ours.test(name) === theirs.test(name));
  }
  try {
    deepEqual(ours, theirs);
    return true;
  } catch {
    return false;
  }
}
