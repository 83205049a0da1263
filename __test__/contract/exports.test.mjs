/** This package in the place of `@hyperframes/producer`: its names, and its installation by npm. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { installedProducer, newerNode, npm } from "./environment.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const work = realpathSync(mkdtempSync(join(tmpdir(), "exports-")));
const node = await newerNode();
const producer = join(installedProducer(), "node_modules", "@hyperframes", "producer");
after(() => rmSync(work, { recursive: true, force: true }));

test("every export of the producer on npm and of the one in the CLI is here", {
  timeout: 60_000,
}, () => {
  const child = fileURLToPath(new URL("exports-child.mjs", import.meta.url));
  const dist = join(ROOT, "node_modules", "hyperframes", "dist");
  const { report, ...told } = run([child, producer, dist], installedProducer());
  const none = { missing: [], otherKind: [], otherValue: [] };
  assert.deepEqual(report, {
    ".": { count: 78, ...none },
    bundled: { count: 82, ...none },
    "./server": { count: 7, ...none },
    "./distributed": { count: 66, ...none },
  });
  assert.deepEqual(told, {
    version: "0.8.64",
    instances: Array(9).fill(true),
    sub: [true, true, "f"],
    other: [false, false],
    handedOn: [true, true, false, false],
    quality: 33,
    settings: true,
    request: "draft",
    abandoned: "listAbandonedRenderDirs",
    slices: 2,
  });
});

test("npm puts this package in the producer's place by an override", { timeout: 200_000 }, () => {
  pack(ROOT, "native");
  const user = join(work, "user-src");
  writePackage(user, {
    name: "renders",
    version: "1.0.0",
    dependencies: { "@hyperframes/producer": "^0.8.31" },
  });
  writeFileSync(join(user, "index.js"), 'export * as producer from "@hyperframes/producer";\n');
  pack(user, "user");
  const app = join(work, "app");
  writePackage(app, {
    name: "app",
    private: true,
    dependencies: { renders: "file:../user.tgz" },
    // Relative, which is how npm once looked for the overridden name without end.
    overrides: { "@hyperframes/producer": "file:../native.tgz" },
  });
  npm(app, ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund"], 60_000);

  const script = join(app, "script.mjs");
  writeFileSync(
    script,
    `import { producer } from "renders";
import * as distributed from "@hyperframes/producer/distributed";
import * as server from "@hyperframes/producer/server";
const code = (call) => { try { return [call()]; } catch (e) { return [e.code, e.message]; } };
const native = await producer.executeRenderJob(producer.createRenderJob({ fps: 30, quality: "draft" }), ".", "o.mp4")
  .catch((e) => [e.code, e.message]);
console.log(JSON.stringify({
  is: typeof producer.NativeRenderError,
  job: producer.createRenderJob({ fps: 30, quality: "draft" }).status,
  native,
  sync: code(() => producer.resolveConfig().quality),
  async: await distributed.plan("p", {}, "d").catch((e) => [e.code, e.message.slice(0, 20)]),
  server: code(() => typeof server.parseRenderOptions({}).fps),
  cancelled: new Error("x") instanceof producer.RenderCancelledError,
}));
process.exit(0);\n`,
  );
  const bare = run([script], app);
  assert.deepEqual([bare.is, bare.job, bare.cancelled], ["function", "queued", false]);
  for (const [code, message] of [bare.native, bare.sync, bare.server]) {
    assert.equal(code, "HF_NATIVE_NO_PRODUCER");
    assert.match(message, /npm install @hyperframes\/producer-original@npm:@hyperframes\/producer/);
  }
  assert.match(bare.sync[1], /^"resolveConfig" is HyperFrames' own/);
  assert.equal(bare.async[0], "HF_NATIVE_NO_PRODUCER");

  symlinkSync(producer, join(app, "node_modules", "@hyperframes", "producer-original"));
  const beside = run([script], app);
  assert.deepEqual(beside.sync, ["standard"]);
  assert.deepEqual(beside.server, ["object"]);
  assert.notEqual(beside.async[0], "HF_NATIVE_NO_PRODUCER");
  assert.notEqual(beside.native[0], "HF_NATIVE_NO_PRODUCER");
});

function writePackage(dir, manifest) {
  mkdirSync(dir);
  writeFileSync(join(dir, "package.json"), JSON.stringify({ type: "module", ...manifest }));
}

/** Packs a package as `<work>/<name>.tgz`. */
function pack(dir, name) {
  const to = join(work, `pack-${name}`);
  mkdirSync(to);
  npm(dir, ["pack", "--ignore-scripts", "--pack-destination", to]);
  symlinkSync(join(to, readdirSync(to)[0]), join(work, `${name}.tgz`));
}

/** Runs a script and parses the JSON line it ends with. */
function run(args, cwd) {
  const env = { ...process.env, HYPERFRAMES_NATIVE: "auto" };
  delete env.NODE_OPTIONS;
  const child = spawnSync(node, args, { cwd, env, encoding: "utf8", timeout: 60_000 });
  assert.equal(child.status, 0, child.stderr || child.error?.message);
  return JSON.parse(child.stdout.trim().split("\n").at(-1));
}
