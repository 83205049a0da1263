import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { binOf } from "../../dist/cli/find-cli.js";
import { splitArgs, withImport } from "../../dist/cli/wrapper.js";
import { asLibrary, cliOwning, LIBRARY_EXPORT, wrapLoaders } from "../../dist/hook/transform.js";
import { tempDir } from "./support.mjs";

const register = new URL("../../dist/register.js", import.meta.url).href;
const loader = new URL("../../dist/hook/loader.js", import.meta.url).href;
const bin = fileURLToPath(new URL("../../bin/hyperframes-native.js", import.meta.url));
const cli = { dir: "/x", name: "hyperframes", version: "1.2.3", manifest: {} };

/** A CLI package whose `render` loads its producer and prints the wrapped names. */
function fakeCli({ loads = true } = {}) {
  const root = tempDir();
  const dir = join(root, "node_modules", "hyperframes");
  mkdirSync(join(dir, "dist"), { recursive: true });
  mkdirSync(join(dir, "bin"));
  writeFileSync(
    join(dir, "package.json"),
    JSON.stringify({
      name: "hyperframes",
      version: "1.2.3",
      type: "module",
      bin: { hyperframes: "./bin/hyperframes.mjs" },
    }),
  );
  writeFileSync(
    join(dir, "dist", "src-A.js"),
    "export const createRenderJob = () => ({}); export async function executeRenderJob() {}\n" +
      "export const createFileServer = () => {}; export const other = 1;\n",
  );
  writeFileSync(
    join(dir, "dist", "chunk-B.js"),
    `${loads ? "async function loadProducer() {" : "async function renamed() {"}
  return await import("./src-A.js");
}
export { ${loads ? "loadProducer" : "renamed as loadProducer"} };\n`,
  );
  writeFileSync(
    join(dir, "bin", "hyperframes.mjs"),
    `const { loadProducer } = await import("../dist/chunk-B.js");
const original = await import("../dist/src-A.js");
const producer = await loadProducer();
console.log(JSON.stringify({
  wrapped: producer.executeRenderJob !== original.executeRenderJob,
  other: producer.other, argv: process.argv.slice(2), options: process.env.NODE_OPTIONS ?? "",
}));\n`,
  );
  return { root, bin: join(dir, "bin", "hyperframes.mjs") };
}

function node(args, cwd, env = {}) {
  const base = { ...process.env, ...env };
  delete base.NODE_OPTIONS;
  const run = spawnSync(process.execPath, args, {
    cwd,
    env: base,
    encoding: "utf8",
    timeout: 30_000,
  });
  return { ...run, json: /^[[{]/.test(run.stdout) ? JSON.parse(run.stdout) : undefined };
}

test("loaders are renamed whatever their bodies, behind a shebang", () => {
  const source = `#!/usr/bin/env node
import "x";
async function loadProducer() {
  return flag ? a() : b();
}
async function loadStudioProducer() {
  return c();
}
`;
  const { source: text, hits } = wrapLoaders(source, cli, "file:///r.js");
  assert.deepEqual(hits, ["loadProducer", "loadStudioProducer"]);
  assert.ok(text.startsWith("#!/usr/bin/env node\nimport { wrapLoaded"));
  assert.equal(text.split("\n").length, source.split("\n").length + 2);
  assert.match(text, /^async function hyperframesNativeOriginal_loadProducer\(\) \{$/m);
  assert.match(text, /"version":"1\.2\.3"/);
});

test("a Studio server that loads the producer by itself goes through loadProducer", () => {
  const load = "Promise.resolve().then(() => (init_src3(), src_exports3))";
  const names = "{ createRenderJob: createRenderJob2, executeRenderJob: executeRenderJob2 }";
  const source = `async function loadProducer() {
  return await ${load};
}
const start = async () => {
  const ${names} = await ${load};
  const { ensureBrowser: ensureBrowser2 } = await ${load};
};
`;
  const { source: text, hits } = wrapLoaders(source, cli, "file:///r.js");
  assert.deepEqual(hits, ["loadProducer", "loadStudioProducer"]);
  assert.ok(text.includes(`const ${names} = await loadProducer();`));
  assert.equal(text.split(load).length, 3, "no other module is touched");
});

test("the producer is loaded once a process of the CLI's setup is waited for", () => {
  const { root, bin } = fakeCli();
  const script = join(root, "renderSetupWorker.js");
  writeFileSync(script, "");
  writeFileSync(
    bin,
    `import { spawn } from "node:child_process";
import { once } from "node:events";
const run = (args) => once(spawn(process.execPath, args), "close");
await import("../dist/chunk-B.js");
const loads = () => globalThis.loads ?? 0;
const seen = [];
await run(["-e", "0"]);
seen.push(loads());
for (const mode of ["a", "b"]) await run([${JSON.stringify(script)}, mode]);
console.log(JSON.stringify([...seen, loads()]));\n`,
  );
  const source = join(root, "node_modules", "hyperframes", "dist", "src-A.js");
  writeFileSync(source, "globalThis.loads = (globalThis.loads ?? 0) + 1;\n");
  const { json, stdout, stderr } = node(["--import", register, bin, "render"], root);
  assert.equal(stderr, "");
  assert.deepEqual(json ?? JSON.parse(stdout), [0, 1]);
});

test("a module without loaders is left alone, calls and mentions included", () => {
  assert.equal(
    wrapLoaders("await loadProducer(); // async function loadProducer()", cli, "f"),
    undefined,
  );
});

test("only dist files of a package named hyperframes are considered", () => {
  const { root } = fakeCli();
  const at = (path) => pathToFileURL(join(root, "node_modules/hyperframes", path)).href;
  assert.equal(cliOwning(at("dist/chunk-B.js")).version, "1.2.3");
  assert.equal(cliOwning(`${at("dist/chunk-B.js")}?q`).version, "1.2.3");
  assert.equal(cliOwning(at("bin/hyperframes.mjs")), undefined);
  assert.equal(cliOwning(at("dist/sub/a.js")), undefined);
  assert.equal(cliOwning("node:fs"), undefined);
  assert.equal(cliOwning(pathToFileURL(join(root, "dist/a.js")).href), undefined);
});

test("an old single file becomes a library without its command line", () => {
  const source = `// src/a.ts
async function loadProducer() {
  return 1;
}

// src/cli.ts
run();
`;
  const library = asLibrary(source);
  assert.equal(library.includes("run();"), false);
  assert.ok(library.includes(`loadProducer as ${LIBRARY_EXPORT}`));
  assert.equal(asLibrary("// src/cli.ts\nrun();"), undefined);
  assert.equal(asLibrary("async function loadProducer() {}\nrun();"), undefined);
});

test("--import register wraps the producer of an unmodified CLI", () => {
  const { root, bin: cliBin } = fakeCli();
  const run = node([`--import=${register}`, cliBin, "render"], root);
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual([run.json.wrapped, run.json.other], [true, 1]);
  assert.equal(run.stderr, "");
});

test("the off-thread hook of older Node versions does the same", () => {
  const { root, bin: cliBin } = fakeCli();
  const early = join(root, "early.mjs");
  writeFileSync(
    early,
    `import { register } from "node:module"; register(${JSON.stringify(loader)});`,
  );
  const run = node([`--import=${pathToFileURL(early).href}`, cliBin, "render"], root);
  assert.equal(run.status, 0, run.stderr);
  assert.equal(run.json.wrapped, true);
});

test("HYPERFRAMES_NATIVE=off leaves the CLI alone, silently", () => {
  const { root, bin: cliBin } = fakeCli();
  const run = node([`--import=${register}`, cliBin, "render"], root, { HYPERFRAMES_NATIVE: "off" });
  assert.equal(run.json.wrapped, false);
  assert.equal(run.stderr, "");
});

test("a CLI that the hook misses is reported after a render, and fails under only", () => {
  const { root, bin: cliBin } = fakeCli({ loads: false });
  const run = node([`--import=${register}`, cliBin, "render"], root);
  assert.equal(run.status, 0);
  assert.match(run.stderr, /NOT USED: hyperframes 1\.2\.3/);
  const only = node([`--import=${register}`, cliBin, "render"], root, {
    HYPERFRAMES_NATIVE: "only",
  });
  assert.equal(only.status, 1);
  for (const args of [["lint"], ["render", "--help"]]) {
    assert.equal(node([`--import=${register}`, cliBin, ...args], root).stderr, "");
  }
});

test("a render in a container is announced, and refused under only", () => {
  const { root, bin: cliBin } = fakeCli();
  const command = [`--import=${register}`, cliBin, "render", "x", "--docker"];
  const run = node(command, root);
  assert.equal(run.status, 0);
  assert.match(run.stderr, /Using the HyperFrames engine: render --docker runs in a container/);
  const only = node(command, root, { HYPERFRAMES_NATIVE: "only" });
  assert.equal(only.status, 1);
  assert.match(only.stderr, /HF_NATIVE_UNSUPPORTED.*--docker/);
  assert.equal(only.stdout, "", "the CLI has not begun");
});

test("the wrapper runs the CLI of the current folder and passes the hook to children", () => {
  const { root } = fakeCli();
  if (Number(process.versions.node.split(".")[0]) < 22) {
    const run = node([bin, "render"], root, { HYPERFRAMES_NATIVE_NODE: "" });
    assert.equal(run.status, 1);
    assert.match(run.stderr, /needs Node 22 or newer/);
    const again = node([bin, "render"], root, { HYPERFRAMES_NATIVE_NODE: process.execPath });
    assert.equal(again.status, 1);
    assert.match(again.stderr, /needs Node 22 or newer/);
    const none = node([bin, "render"], root, { HYPERFRAMES_NATIVE_NODE: join(root, "no-node") });
    assert.equal(none.status, 1);
    assert.match(none.stderr, /cannot be run/);
    return;
  }
  const run = node([bin, "render", "x", "--explain"], root);
  assert.equal(run.status, 0, run.stderr);
  assert.equal(run.json.wrapped, true);
  assert.deepEqual(run.json.argv, ["render", "x", "--quiet"]);
  assert.ok(run.json.options.includes(`--import=${register}`));
});

test("arguments and NODE_OPTIONS", () => {
  assert.deepEqual(splitArgs(["render", "a", "--explain=json", "-o", "b"]), {
    rest: ["render", "a", "-o", "b", "--quiet"],
    explain: "json",
  });
  assert.deepEqual(splitArgs(["render", "--quiet", "--explain"]).rest, ["render", "--quiet"]);
  assert.deepEqual(splitArgs(["render", "a", "--explain=time"]), {
    rest: ["render", "a"],
    times: "text",
  });
  assert.equal(splitArgs(["render", "--explain=time-json"]).times, "json");
  assert.deepEqual(splitArgs(["preview", "--explain"]), { rest: ["preview", "--explain"] });
  assert.equal(withImport(undefined, "file:///r"), "--import=file:///r");
  assert.equal(withImport("--trace-warnings", "file:///r"), "--trace-warnings --import=file:///r");
  assert.equal(withImport("--import=file:///r", "file:///r"), "--import=file:///r");
  assert.equal(binOf({ dir: "/p", manifest: { bin: "./b.js" } }), join("/p", "b.js"));
  assert.equal(
    binOf({ dir: "/p", manifest: { bin: { hyperframes: "./c.js" } } }),
    join("/p", "c.js"),
  );
  assert.equal(binOf({ dir: "/p", manifest: {} }), undefined);
});

/** A producer package whose job says by which function it was rendered. */
function fakeProducer() {
  const root = tempDir();
  const dir = join(root, "node_modules", "@hyperframes", "producer");
  mkdirSync(join(dir, "dist"), { recursive: true });
  const manifest = { name: "@hyperframes/producer", version: "1.2.3", type: "module" };
  const entries = { ".": { import: "./dist/index.js" }, "./server": "./dist/public-server.js" };
  writeFileSync(join(dir, "package.json"), JSON.stringify({ ...manifest, exports: entries }));
  const source = `var RenderCancelledError = class extends Error {};
async function executeRenderJob(job, projectDir) {
  job.by = "upstream";
}
function createRenderJob(config) { return { id: "job", config, warnings: [], status: "queued" }; }
function createFileServer() {}
async function serve(job) { await executeRenderJob(job, ".", "o"); }
export { RenderCancelledError, executeRenderJob, createRenderJob, createFileServer, serve };
`;
  writeFileSync(join(dir, "dist", "index.js"), source);
  writeFileSync(
    join(dir, "dist", "public-server.js"),
    `#!/usr/bin/env node\n${source.replace(/^export .*/m, "export { serve, createRenderJob };")}`,
  );
  const script = join(root, "program.mjs");
  writeFileSync(
    script,
    `import { createRequire } from "node:module";
import { withOriginals } from ${JSON.stringify(new URL("../../dist/upstream/originals.js", import.meta.url).href)};
const require = createRequire(import.meta.url);
const producer = process.argv[2] === "require"
  ? require("./node_modules/@hyperframes/producer/dist/index.js")
  : await import("@hyperframes/producer");
const server = process.argv[2] === "require"
  ? require("@hyperframes/producer/server")
  : await import("@hyperframes/producer/server");
const by = async (call) => {
  const logger = { error() {}, warn() {}, info() {}, debug() {} };
  const job = producer.createRenderJob({ fps: { num: 30, den: 1 }, quality: "draft", logger });
  try { await call(job); } catch (error) { return error.code; }
  return job.by;
};
const own = withOriginals(producer);
const outcome = [
  await by((job) => producer.executeRenderJob(job, ".", "o")),
  await by(producer.serve),
  await by(server.serve),
  await by((job) => own.executeRenderJob(job, ".", "o")),
];
console.log(JSON.stringify(outcome));
process.exit(0);
`,
  );
  return { root, script };
}

for (const how of ["import", "require"]) {
  test(`a producer that a program loads by ${how} is rewritten, and reaches upstream`, () => {
    const { root, script } = fakeProducer();
    const told = (env) => node([`--import=${register}`, script, how], root, env);
    const theirs = Array(4).fill("upstream");
    // No such program: what this engine renders ends there.
    const none = { HYPERFRAMES_FFMPEG_PATH: join(root, "none") };
    const ours = told(none);
    assert.equal(ours.status, 0, ours.stderr);
    assert.deepEqual(ours.json, [...Array(3).fill("HF_NATIVE_FFMPEG_NOT_FOUND"), "upstream"]);
    assert.deepEqual(told({ ...none, HYPERFRAMES_NATIVE: "off" }).json, theirs);
    // It has no compile stage that this package knows, so jobs go back to it.
    const some = { HYPERFRAMES_FFMPEG_PATH: process.execPath };
    assert.deepEqual(told(some).json, theirs);
    const refused = told({ ...some, HYPERFRAMES_NATIVE: "only" }).json;
    assert.deepEqual(refused, [...Array(3).fill("HF_NATIVE_UNSUPPORTED"), "upstream"]);
  });
}

test("a producer is left alone by a hook that was not asked for", () => {
  const { root, script } = fakeProducer();
  const install = new URL("../../dist/hook/install.js", import.meta.url).href;
  const early = join(root, "early.mjs");
  writeFileSync(early, `import { installHook } from ${JSON.stringify(install)}; installHook();`);
  const { json } = node([`--import=${pathToFileURL(early).href}`, script, "import"], root);
  assert.deepEqual(json, Array(4).fill("upstream"));
});
