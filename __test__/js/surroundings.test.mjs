import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { settleWithin } from "../../dist/base/deadline.js";
import { NativeRenderError } from "../../dist/base/errors.js";
import { parseFps } from "../../dist/base/fps.js";
import { createWorkspace, ownerDomain, sweepDeadWorkspaces } from "../../dist/compile/workspace.js";
import { resolveUpstream } from "../../dist/upstream/resolve.js";
import { tempDir } from "./support.mjs";

test("workspaces of dead processes are swept, of the living and of others not", async () => {
  const base = tempDir();
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  const name = (domain, pid) => `hyperframes-native-${domain}-${pid}-abcdef`;
  const names = [
    name(ownerDomain(), dead),
    name(ownerDomain(), process.pid),
    name("00000000", dead),
    "unrelated",
  ];
  for (const each of names) mkdirSync(join(base, each, "renders"), { recursive: true });
  assert.deepEqual(sweepDeadWorkspaces(base), [names[0]]);
  assert.deepEqual(
    names.map((each) => existsSync(join(base, each))),
    [false, true, true, true],
  );
  assert.deepEqual(sweepDeadWorkspaces(join(base, "missing")), []);
  const workspace = createWorkspace(base);
  assert.ok(
    basename(workspace.root).startsWith(`hyperframes-native-${ownerDomain()}-${process.pid}-`),
  );
  await workspace.remove();
  await workspace.remove();
  assert.equal(existsSync(workspace.root), false);
});

test("a process that exits in the middle leaves no workspace", () => {
  const base = tempDir();
  const module = new URL("../../dist/compile/workspace.js", import.meta.url).href;
  const script = `import { createWorkspace } from ${JSON.stringify(module)};
    console.log(createWorkspace(${JSON.stringify(base)}).root); process.exit(3);`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    timeout: 30_000,
  });
  assert.equal(run.status, 3);
  assert.ok(run.stdout.startsWith(base));
  assert.equal(existsSync(run.stdout.trim()), false);
});

/** Installs a package of `source` below `root`. */
function install(root, name, version, source, manifest = {}) {
  const dir = join(root, "node_modules", name);
  mkdirSync(join(dir, "dist"), { recursive: true });
  writeFileSync(
    join(dir, "package.json"),
    JSON.stringify({ name, version, type: "module", main: "./dist/index.js", ...manifest }),
  );
  writeFileSync(join(dir, "dist", "index.js"), source);
}

const PRODUCER =
  "export const createRenderJob = () => {}, executeRenderJob = () => {}, createFileServer = () => {};";

test("an installed producer comes before an installed CLI, found from below", async () => {
  const root = tempDir();
  const exports = { ".": { types: "./x.d.ts", import: "./dist/index.js" } };
  install(root, "@hyperframes/producer", "0.8.64", PRODUCER, { exports });
  install(root, "hyperframes", "0.8.170", "");
  const deep = join(root, "videos", "one");
  mkdirSync(deep, { recursive: true });
  const upstream = await resolveUpstream([deep]);
  assert.deepEqual([upstream.package, upstream.version], ["@hyperframes/producer", "0.8.64"]);
});

test("a CLI's bundled producer is found by its loader, in a module or in one file", async () => {
  for (const [name, files] of [
    [
      "split",
      {
        "chunk-1.js":
          'async function loadProducer() {\n  return await import("./src-2.js");\n}\nexport { loadProducer };',
        "src-2.js": PRODUCER,
      },
    ],
    [
      "single",
      {
        "cli.js": `#!/usr/bin/env node
var ns = { createRenderJob() {}, executeRenderJob() {}, createFileServer() {} };
async function loadProducer() {
  return await Promise.resolve().then(() => ns);
}
// src/cli.ts
throw new Error("the command line ran");
`,
      },
    ],
  ]) {
    const root = tempDir();
    install(root, "hyperframes", `1.0.0-${name}`, "");
    for (const [file, source] of Object.entries(files)) {
      writeFileSync(join(root, "node_modules/hyperframes/dist", file), source);
    }
    const upstream = await resolveUpstream([root]);
    assert.equal(upstream.version, `1.0.0-${name}`);
    assert.equal(typeof upstream.namespace.executeRenderJob, "function");
  }
});

test("an unusable package is named when nothing else is found", async () => {
  const root = tempDir();
  install(root, "@hyperframes/producer", "0.0.1", "export const createRenderJob = () => {};");
  install(root, "hyperframes", "0.0.2", "export {};");
  // The package's own surroundings would supply a CLI; look from a copy of this process instead.
  const script = `
    import { resolveUpstream } from ${JSON.stringify(new URL("../../dist/upstream/resolve.js", import.meta.url).href)};
    await resolveUpstream([${JSON.stringify(root)}]).then(
      (upstream) => console.log(upstream.package, upstream.version),
      (error) => console.log(error.code, error.message));`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    timeout: 30_000,
  });
  // Either the broken ones are passed over for a good one, or both are named.
  if (stdout.startsWith("HF_NATIVE_NO_PRODUCER")) {
    assert.match(stdout, /producer 0\.0\.1 .*exports no executeRenderJob/);
    assert.match(stdout, /hyperframes 0\.0\.2 .*no file of its dist declares loadProducer/);
  } else {
    assert.match(stdout, /^hyperframes \d+\.\d+\.\d+\n$/);
    assert.doesNotMatch(stdout, /0\.0\.2/);
  }
});

test("frame rates are exact", () => {
  for (const [value, expected] of [
    [30, { num: 30, den: 1 }],
    ["30", { num: 30, den: 1 }],
    [" 30000 / 1001 ", { num: 30000, den: 1001 }],
    [
      { num: 24000, den: 1001 },
      { num: 24000, den: 1001 },
    ],
    [29.97, undefined],
    [0, undefined],
    ["30/0", undefined],
    ["29.97", undefined],
    [{ num: 30 }, undefined],
    [null, undefined],
    [Number.NaN, undefined],
  ]) {
    assert.deepEqual(parseFps(value), expected, JSON.stringify(value));
  }
});

test("deadlines tell the three endings apart", async () => {
  assert.deepEqual(await settleWithin(Promise.resolve(1), 50), { state: "fulfilled", value: 1 });
  const error = new Error("x");
  assert.deepEqual(await settleWithin(Promise.reject(error), 50), { state: "rejected", error });
  assert.deepEqual(await settleWithin(new Promise(() => {}), 5), { state: "pending" });
});

test("errors keep code, stage and the end of the console", () => {
  const lines = Array.from({ length: 40 }, (_, i) => `${i}`);
  const cause = new Error("below");
  const error = new NativeRenderError("HF_NATIVE_CAPTURE", "m", { consoleTail: lines, cause });
  assert.ok(error instanceof Error);
  assert.deepEqual(
    [error.code, error.stage, error.retryable],
    ["HF_NATIVE_CAPTURE", "setup", false],
  );
  assert.equal(error.consoleTail.length, 30);
  assert.equal(error.consoleTail[29], "39");
  assert.equal(error.cause, cause);
});
