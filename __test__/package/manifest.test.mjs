/** What is published: its manifest, its files, its lock file, and the licences in the platform packages. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import { after, test } from "node:test";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { licenceTexts, linkedCrates, thirdPartyNotices } from "../../scripts/lib/notices.mjs";
import { npm, ROOT } from "../../scripts/lib/run.mjs";
import { completed } from "../../scripts/platform-packages.mjs";

const read = (name) => readFileSync(join(ROOT, name), "utf8");
const manifest = JSON.parse(read("package.json"));
const lock = JSON.parse(read("package-lock.json"));
const temp = mkdtempSync(join(tmpdir(), "hf-manifest-"));
after(() => rmSync(temp, { recursive: true, force: true }));
const slow = { timeout: 120_000 };

test("publint has nothing against the package", slow, async () => {
  const { messages } = await publint({ pkgDir: ROOT, strict: true, pack: "npm" });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, manifest)),
    [],
  );
});

test("every entry has types wherever TypeScript looks for them (attw)", slow, () => {
  const cli = join(ROOT, "node_modules", "@arethetypeswrong", "cli", "dist", "index.js");
  const args = [cli, "--pack", ".", "--format", "json"];
  const options = { cwd: ROOT, encoding: "utf8", timeout: 100_000, maxBuffer: 64 << 20 };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
  const { analysis, problems } = JSON.parse(stdout || "{}");
  assert.deepEqual(problems, {}, stderr);
  assert.equal(status, 0, stderr);
  assert.equal(Object.keys(analysis.entrypoints).length, Object.keys(manifest.exports).length);
});

test("what the README links to is packed", slow, async () => {
  const { output } = await npm(["pack", "--dry-run", "--json", "--silent"], { output: "capture" });
  const packed = new Set(JSON.parse(output)[0].files.map(({ path }) => path));
  const links = [...read("README.md").matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, to]) => to);
  assert.ok(links.length > 5);
  const missing = links.filter((to) => {
    const path = normalize(to).replace(/\/$/, "");
    return ![...packed].some((file) => file === path || file.startsWith(`${path}/`));
  });
  assert.deepEqual(missing, []);
  for (const name of ["LICENSE", "dist/cjs/index.js", "native/index.cjs"])
    assert.ok(packed.has(name), name);
  assert.deepEqual(
    [...packed].filter((file) => file.endsWith(".node")),
    [],
  );
});

test("npm has nothing to correct when it publishes", slow, async () => {
  cpSync(join(ROOT, "package.json"), join(temp, "package.json"));
  await npm(["pkg", "fix"], { cwd: temp, output: "capture" });
  assert.deepEqual(JSON.parse(readFileSync(join(temp, "package.json"), "utf8")), manifest);
});

/** `npm ci` in a folder with that lock file; nothing is fetched or written. */
function ci(written) {
  for (const name of ["package.json", ".npmrc"]) cpSync(join(ROOT, name), join(temp, name));
  writeFileSync(join(temp, "package-lock.json"), JSON.stringify(written));
  const flags = ["ci", "--dry-run", "--offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  return npm(flags, { cwd: temp, output: "capture", check: false });
}

test(
  "`npm ci` takes the lock file, and refuses one without a platform's package",
  slow,
  async () => {
    const whole = await ci(lock);
    assert.equal(whole.code, 0, whole.output);
    const pruned = structuredClone(lock);
    const other = Object.keys(lock.packages).find((at) => at.endsWith("esbuild/win32-x64"));
    delete pruned.packages[other];
    const refused = await ci(pruned);
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /Missing: @esbuild\/win32-x64/);
  },
);

test("the lock file lists the packages of all platforms, and no host", () => {
  const missing = [];
  for (const [at, entry] of Object.entries(lock.packages)) {
    assert.equal(entry.resolved, undefined, at);
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      if (!isLocked(name, at)) missing.push(`${at} > ${name}`);
    }
  }
  assert.deepEqual(missing, []);
});

/** Whether a package is in the lock file where another one would find it. */
function isLocked(name, from) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))) {
    if (lock.packages[`${at ? `${at}/` : ""}node_modules/${name}`]) return true;
    if (at === "") return false;
  }
}

test("ranges of peerDependencies end before the next version that may break them", () => {
  for (const [name, range] of Object.entries(manifest.peerDependencies)) {
    assert.equal(manifest.peerDependenciesMeta[name].optional, true, name);
    if (name !== "@types/node") assert.match(range, /^\^|<\d/, name);
  }
});

test("platform packages say what they need of the C library, and are not kept in a zip", () => {
  const gnu = completed({ main: "a.node", libc: ["glibc"] });
  assert.equal(gnu.preferUnplugged, true);
  assert.deepEqual(gnu.files, ["a.node", "THIRD-PARTY-NOTICES.txt"]);
  assert.equal(completed({ main: "a.node" }).config, undefined);
  const [, floor] = /glibc (\d\.\d+) or newer/.exec(read("README.md"));
  assert.equal(gnu.config.glibc, `>=${floor}`);
});

test("the licences of all linked crates are known, for every target", slow, async () => {
  for (const target of manifest.napi.targets) {
    const text = await thirdPartyNotices(target);
    for (const name of ["tokio", "napi", "libwebp-sys", "chromiumoxide"]) {
      assert.match(text, new RegExp(`^  ${name} \\d`, "m"), target);
    }
    // What only builds the addon is not in it.
    assert.doesNotMatch(text, /^ {2}(?:napi-build|syn|cc) \d/m);
    assert.match(text, /Redistribution and use in source and binary forms/);
  }
});

test("a crate without a licence text is filled in, or refused", () => {
  const manifest_path = join(temp, "Cargo.toml");
  const crate = { name: "x", version: "1.0.0", authors: ["A. Nonymous"], manifest_path };
  assert.match(
    licenceTexts({ ...crate, license: "Apache-2.0 OR MIT" })[0],
    /Copyright \(c\) A\. Nonymous/,
  );
  for (const license of ["ISC", "MIT AND Unicode-3.0", "MIT-0"]) {
    assert.throws(() => licenceTexts({ ...crate, license }), /x 1\.0\.0 .* ships no licence text/);
  }
});

test("macros and build scripts are not linked", () => {
  const crate = (id, kind = "lib") => ({ id, targets: [{ kind: [kind] }] });
  const dep = (pkg, kind = null) => ({ pkg, dep_kinds: [{ kind }] });
  const node = (id, deps = []) => ({ id, deps });
  const linked = linkedCrates({
    packages: [crate("us"), crate("lib"), crate("macro", "proc-macro"), crate("cc"), crate("deep")],
    resolve: {
      root: "us",
      nodes: [
        node("us", [dep("lib"), dep("macro"), dep("cc", "build")]),
        ...[node("lib", [dep("deep")]), node("deep"), node("macro"), node("cc")],
      ],
    },
  });
  assert.deepEqual(
    linked.map(({ id }) => id),
    ["lib", "deep"],
  );
});
