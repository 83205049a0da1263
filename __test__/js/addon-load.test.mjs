/** Addons that cannot be loaded: what is said, before anything is compiled, and who renders then. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileProblem } from "../../dist/wire/addon-file.js";
import { innermostCause } from "../../dist/wire/binding.js";
import { project, ROOT, tempDir } from "./support.mjs";

const REAL = readdirSync(join(ROOT, "native")).find((name) => name.endsWith(".node"));
const isLinux = process.platform === "linux" && existsSync(join(ROOT, "native", REAL ?? ""));
const linuxOnly = { skip: isLinux ? false : "the loader of another system", timeout: 60_000 };
const ABSENT = `Cannot find module '@hyperframes/${REAL?.replace(/\.node$/, "").replace(".", "-")}'`;
/** `e_machine` of the other processor. */
const FOREIGN = process.arch === "x64" ? [0xb7, "arm64"] : [0x3e, "x64"];

const root = tempDir();
const home = join(root, "node_modules", "@hyperframes", "producer-native");
const addon = join(home, "native", REAL ?? "");

/** This package, installed in a folder of its own beside a HyperFrames that is only pretended. */
before(() => {
  mkdirSync(home, { recursive: true });
  for (const part of ["dist", "bin", "package.json", "native/index.cjs"]) {
    cpSync(join(ROOT, part), join(home, part), { recursive: true });
  }
  const cli = join(root, "node_modules", "hyperframes");
  mkdirSync(join(cli, "dist"), { recursive: true });
  const manifest = { name: "hyperframes", version: "9.9.9", type: "module", bin: "dist/cli.js" };
  writeFileSync(join(cli, "package.json"), JSON.stringify(manifest));
  writeFileSync(
    join(cli, "dist", "producer.js"),
    `import { mkdirSync, writeFileSync } from "node:fs";
     export const createRenderJob = (config) => ({ id: "1", config, status: "queued", progress: 0 });
     export const createFileServer = () => {};
     export async function executeRenderJob(job, dir, out) {
       // The compile stage is this function with \`debug\`.
       if (job.config.debug) throw new Error("COMPILED");
       writeFileSync(out, "cli");
       job.outcome = "completed";
     }`,
  );
  writeFileSync(
    join(cli, "dist", "cli.js"),
    `async function loadProducer() {
       return import("./producer.js");
     }
     console.error("LOADED");
     const producer = await loadProducer();
     const job = producer.createRenderJob({ fps: { num: 30, den: 1 }, quality: "draft" });
     await producer.executeRenderJob(job, process.argv[3], process.argv[4]).catch((error) => {
       console.error(error.code + ": " + error.message);
       process.exitCode = 1;
     });`,
  );
});

/** Puts a changed copy of the real file in its place; nothing when `change` gives nothing. */
function breakAddon(change) {
  const bytes = change(readFileSync(join(ROOT, "native", REAL)));
  if (bytes) writeFileSync(addon, bytes);
}

/** Renders through a Node program; what it wrote to stderr, and the file. */
function render(program, env = {}) {
  const output = join(tempDir(), "o.mp4");
  const base = { ...process.env, HYPERFRAMES_NATIVE_MODULE_CACHE: "off", ...env };
  for (const name of ["NODE_OPTIONS", "NAPI_RS_NATIVE_LIBRARY_PATH"]) delete base[name];
  const node = process.env.HF_TEST_CLI_NODE ?? process.execPath;
  const { status, signal, stderr } = spawnSync(node, program(project(), output), {
    // HyperFrames is looked for there, too.
    cwd: root,
    env: base,
    encoding: "utf8",
    timeout: 30_000,
  });
  assert.equal(signal, null, stderr);
  const file = existsSync(output) ? readFileSync(output, "utf8") : undefined;
  return { status, stderr, file, lines: stderr.split("\n").filter((l) => l.includes("addon")) };
}

const throughCli = (dir, out) => [
  ...["--import", join(home, "dist", "register.js")],
  ...[join(home, "..", "..", "hyperframes", "dist", "cli.js"), "render", dir, out],
];

const throughRenderJob = (dir, out, before = "") => [
  "--input-type=module",
  "--eval",
  `${before}
   const { renderJob } = await import(${JSON.stringify(join(home, "dist", "index.js"))});
   try {
     const { engine, reasons } = await renderJob(${JSON.stringify({ projectDir: dir, outputPath: out, fps: 30 })});
     if (engine !== "cli" || reasons[0].code !== "addon") process.exitCode = 2;
   } catch (error) {
     console.error(error.code + ": " + error.message);
     process.exitCode = 1;
   }`,
];

/** As on a system for which no package is published; paths stay as they are here. */
const onWindows = (dir, out) => {
  const system = `Object.defineProperty(process, "platform", { value: "win32" });
   Object.defineProperty(process, "arch", { value: "x64" });`;
  return throughRenderJob(dir, out, system);
};

const BOTH = [throughCli, throughRenderJob];
const cases = [
  [
    "cut off within its code",
    (b) => b.subarray(0, b.length >> 1),
    /file too short \(\d+ of \d+ b/,
    BOTH,
  ],
  ["cut off within its header", (bytes) => bytes.subarray(0, 20), /file too short \(20 bytes\)/],
  ["of another system", () => Buffer.alloc(9_000, "\xcf\xfa\xed\xfe", "latin1"), /invalid ELF/],
  [
    "for another processor",
    (bytes) => {
      bytes.writeUInt16LE(FOREIGN[0], 18);
      return bytes;
    },
    new RegExp(`it is for ${FOREIGN[1]}, and this Node is for ${process.arch}`),
  ],
  [
    "for a newer C library",
    (bytes) =>
      Buffer.from(bytes.toString("latin1").replaceAll("GLIBC_2.17", "GLIBC_9.99"), "latin1"),
    /version `GLIBC_9\.99' not found.*use a newer system/,
  ],
  ["that is not there", () => undefined, new RegExp(`${ABSENT}.*without --omit=optional`), BOTH],
  [
    "of no use to the system",
    () => undefined,
    /on win32 x64: Cannot find module '@hyperframes\/producer-native-win32-x64-msvc'/,
    [onWindows],
  ],
];

for (const [what, change, cause, programs = [throughRenderJob]] of cases) {
  test(
    `an addon ${what}: the HyperFrames engine renders, and one line says why`,
    linuxOnly,
    (t) => {
      t.after(() => rmSync(addon, { force: true }));
      breakAddon(change);
      for (const program of programs) {
        const run = render(program);
        assert.equal(run.file, "cli", run.stderr);
        assert.equal(run.status, 0, run.stderr);
        assert.equal(run.lines.length, 1, run.stderr);
        assert.match(run.lines[0], /^.*NOT USED, the HyperFrames engine renders: /);
        assert.match(run.lines[0], cause);
      }
    },
  );
}

test("such an addon is an error where no other engine may render", linuxOnly, (t) => {
  t.after(() => rmSync(addon, { force: true }));
  breakAddon((bytes) => bytes.subarray(0, 1_000));
  for (const [program, env] of [
    [throughCli, { HYPERFRAMES_NATIVE: "only" }],
    [throughRenderJob, { HYPERFRAMES_NATIVE: "only" }],
    [throughRenderJob, { HF_NATIVE_PAGE_NETWORK: "none" }],
  ]) {
    const run = render(program, env);
    assert.equal(run.file, undefined);
    assert.equal(run.status, 1, run.stderr);
    assert.match(
      run.stderr,
      /^(?:\[hyperframes-native\] )?HF_NATIVE_ADDON_MISSING: .*file too short/m,
    );
    // The CLI is not even loaded.
    assert.doesNotMatch(run.stderr, /LOADED/);
    assert.doesNotMatch(run.stderr, /COMPILED|NOT USED/);
  }
});

test(
  "without an addon a plan stays as HyperFrames made it, and one line says why",
  linuxOnly,
  () => {
    const plan = tempDir();
    writeFileSync(join(plan, "plan.json"), JSON.stringify({ planHash: "as it was" }));
    const module = JSON.stringify(join(home, "dist", "chunks", "native-part.js"));
    const program = () => [
      "--input-type=module",
      "--eval",
      `import { addNativePart } from ${module};
     const logger = { warn: (line) => console.error("warn " + line) };
     await addNativePart("no project", { logger }, ${JSON.stringify(plan)}).then(
       (hash) => console.error("hash " + hash),
       (error) => console.error("error " + error.code),
     );`,
    ];
    const { lines, stderr } = render(program);
    assert.match(stderr, /^hash as it was$/m);
    assert.equal(lines.length, 1);
    assert.match(
      lines[0],
      /^warn .*NOT USED, the HyperFrames engine renders: .*Cannot find module/,
    );
    const refused = render(program, { HYPERFRAMES_NATIVE: "only" });
    assert.equal(refused.stderr, "error HF_NATIVE_ADDON_MISSING\n");
  },
);

test("the real file has nothing against it", linuxOnly, () => {
  assert.equal(fileProblem(join(ROOT, "native", REAL)), undefined);
});

test("of a chain of errors the one of this platform's addon is told", () => {
  const chain = (...messages) =>
    messages.reduce((cause, message) => Object.assign(new Error(message), { cause }), undefined);
  const wasi = [
    "Cannot find module './x.wasi.cjs'",
    "Cannot find module '@hyperframes/x-wasm32-wasi'",
  ];
  const top = "Cannot find native binding.";
  const local = "Cannot find module './x.linux-x64-gnu.node'\nRequire stack:";
  const absent = "Cannot find module '@hyperframes/x-linux-x64-gnu'\nRequire stack:";
  assert.equal(innermostCause(chain(local, absent, ...wasi, top)), absent.split("\n")[0]);
  assert.equal(innermostCause(chain(local, "p.node: bad", ...wasi, top)), "p.node: bad");
  assert.equal(innermostCause(chain("l.node: bad", absent, ...wasi, top)), "l.node: bad");
  assert.equal(
    innermostCause(chain("Unsupported OS: sunos", ...wasi, top)),
    "Unsupported OS: sunos",
  );
  assert.equal(innermostCause(new Error("Failed")), "Failed");
  assert.equal(innermostCause("thrown"), "thrown");
});
