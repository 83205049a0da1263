import assert from "node:assert/strict";
import test from "node:test";
import { checkFiles } from "./check-rooms.mjs";

const ALLOW_LIST = "scripts/unsafe-allowed.txt";

/** Messages for one file, with an allow-list that matches it. */
function messages(file, text, allowList = "") {
  const problems = checkFiles([
    { file, text },
    { file: ALLOW_LIST, text: allowList },
  ]);
  return problems.map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

function assertOne(found, pattern) {
  assert.equal(found.length, 1, `expected one problem, got: ${found.join(" | ") || "none"}`);
  assert.match(found[0], pattern);
}

test("arrows that the table allows pass", () => {
  const allowed = {
    "src/node/mod.rs": "use crate::job::RenderJob; use crate::video::Cache;",
    "src/job/stages.rs": "use crate::{browser::find, encode, composition::Fps};",
    "src/capture/worker.rs": "use crate::page::Page; use crate::process::Child; use super::Lane;",
    "src/assemble/layers.rs": "use crate::transitions::Pool;",
    "src/page/mod.rs": "use self::seek::Seek; use crate::browser::Tab;",
    "src/lib.rs": "pub use capture::Worker; pub use crate::encode::Encoder;",
    "tests/probe.rs": "use producer_native::{page, encode}; use crate::helpers::x;",
  };
  for (const [file, text] of Object.entries(allowed)) assert.deepEqual(messages(file, text), []);
});

test("files of one module for two systems have the same functions", () => {
  const module = ["unix", "windows"]
    .map((name) => `#[cfg(${name})]\n#[path = "${name}.rs"]\nmod system;\n`)
    .join("");
  const found = (unix, windows) => {
    const files = { "src/files/mod.rs": module, "src/files/unix.rs": unix };
    Object.assign(files, { "src/files/windows.rs": windows });
    const problems = checkFiles(Object.entries(files).map(([file, text]) => ({ file, text })));
    return problems.map(({ file, line, message }) => `${file}:${line}: ${message}`);
  };
  const side = "pub struct A;\nimpl A { pub fn of(a: u8) -> Self { A } fn own() {} }\n";
  const otherTypes = "pub type A = u8;\nimpl A { pub fn of(a: (u8, u8)) -> Self { 1 } }\n";
  assert.deepEqual(found(side, otherTypes), []);
  assert.deepEqual(found(`${side}#[cfg(test)]\npub fn f() {}`, side), []);
  assertOne(
    found(`${side}pub fn f() {}`, side),
    /windows\.rs:1: f is missing, which src\/files\/unix/,
  );
  assertOne(found(side, `${side}pub(crate) const fn f() {}`), /unix\.rs:1: f is missing/);
  assertOne(found(side, side.replace("a: u8", "")), /windows\.rs:2: A::of is "0 parameters/);
  assertOne(found(side, side.replace("-> Self", "")), /windows\.rs:2: A::of is "1 parameters"/);
});

test("arrows that run the wrong way fail, however they are written", () => {
  const wrong = [
    [
      "src/encode/mux.rs",
      "\nuse crate::capture::Frame;",
      /mux\.rs:2: encode must not know capture/,
    ],
    ["src/encode/mux.rs", "use crate::{composition::Fps, page::{Seek}};", /must not know page/],
    ["src/serve/routes.rs", "fn f() { let x = crate::browser::find(); }", /must not know browser/],
    ["src/serve/routes.rs", "use super::super::video::Probe;", /serve must not know video/],
    ["src/serve/a/mod.rs", "use super::super::inject;", /serve must not know inject/],
    ["src/video/mod.rs", "mod tests { use super::super::page::P; }", /video must not know page/],
    ["src/browser/cdp.rs", "macro_rules! m { () => { $crate::page::x } }", /must not know page/],
    ["src/composition/fps.rs", "use crate::process::x;", /composition must not know process/],
    ["src/capture/a.rs", "use crate::{page as p, job as r};", /capture must not know job/],
  ];
  for (const [file, text, pattern] of wrong) assertOne(messages(file, text), pattern);
});

test("the crate's root, re-exports at it and unknown rooms are no way round", () => {
  assertOne(messages("src/encode/mux.rs", "use crate::Worker;"), /not a room/);
  assertOne(messages("src/encode/mux.rs", "use crate::*;"), /names the crate's root/);
  assertOne(messages("src/encode/mux.rs", "use super::super::*;"), /names the crate's root/);
  assertOne(messages("src/attic/mod.rs", "pub fn f() {}"), /room "attic" is not in the table/);
});

test("paths in comments, strings and characters do not count", () => {
  const text = [
    "// use crate::page::Seek;",
    "/* outer /* use crate::page::Seek; */ napi unsafe */",
    'const A: &str = "crate::page::Seek \\" unsafe napi";',
    'const B: &str = r#"crate::page::" unsafe"#;',
    "const C: char = '\"'; const D: u8 = b'\\''; const E: char = '\u{1F600}';",
    "fn f<'unsafe_name>(x: &'unsafe_name str) -> &'unsafe_name str { x }",
  ].join("\n");
  assert.deepEqual(messages("src/encode/mux.rs", text), []);
  assertOne(messages("src/encode/mux.rs", `${text}\nuse crate::page::X;`), /mux\.rs:7: /);
});

test("napi and chromiumoxide stay in their rooms", () => {
  assert.deepEqual(messages("src/node/mod.rs", "use napi_derive::napi;"), []);
  assert.deepEqual(messages("build.rs", "fn main() { napi_build::setup(); }"), []);
  assert.deepEqual(messages("src/browser/cdp.rs", "use chromiumoxide::Page;"), []);
  assertOne(
    messages("src/job/render_job.rs", "#[napi] fn f() {}"),
    /"napi" is named outside src\/node/,
  );
  assertOne(messages("src/lib.rs", "use napi::Result;"), /outside src\/node/);
  assertOne(messages("src/page/a.rs", "use chromiumoxide_cdp::X;"), /outside src\/browser/);
  assertOne(messages("tests/a.rs", "use chromiumoxide::Page;"), /outside src\/browser/);
});

test("unsafe needs an entry with a reason, and an entry needs unsafe", () => {
  const code = "pub fn f() { unsafe { g() } }";
  const file = "src/process/tree.rs";
  assertOne(messages(file, code), /tree\.rs:1: `unsafe` outside the allow-list/);
  assert.deepEqual(messages(file, code, `${file}  # reads a C struct`), []);
  assertOne(messages(file, code, file), /has no reason/);
  assertOne(messages(file, "pub fn f() {}", `# list\n${file}  # why`), /txt:2: .*remove it/);
});

test("files of more than 450 lines fail, vendored ones excepted", () => {
  const long = "const a = 1;\n".repeat(451);
  assertOne(messages("js/render.ts", long), /451 lines; split it/);
  assertOne(messages("src/encode/mux.rs", "// a\n".repeat(451)), /451 lines; split it/);
  assert.deepEqual(messages("js/render.ts", long.slice("const a = 1;\n".length)), []);
  assert.deepEqual(messages("examples/launch/vendor/gsap.min.js", long), []);
  assert.deepEqual(messages("docs/table.md", long), []);
});

test("dangling paths and retired words fail, binary files count as being there", () => {
  assertOne(messages("src/encode/mux.rs", "// see src/encode/gone.rs"), /gone\.rs" is not in the/);
  const comment = { file: "js/a.ts", text: "// see docs/picture.png" };
  assert.equal(checkFiles([comment]).length, 1);
  assert.deepEqual(checkFiles([comment], ["js/a.ts", "docs/picture.png"]), []);

  const table = "## Retired words\n\n| `Wagon` | `Car` | | |\n";
  const glossary = { file: "docs/glossary.md", text: table };
  const wagon = { file: "js/a.ts", text: "new Wagon();" };
  const allowed = { file: "scripts/retired-allowed.txt", text: "js/a.ts  # shows one" };
  assert.match(checkFiles([glossary, wagon])[0].message, /"Wagon" is retired: say Car/);
  assert.deepEqual(checkFiles([glossary, wagon, allowed]), []);
});

test("machine paths, foreign registries and notes without an owner fail", () => {
  // Put together here, so that this file passes its own check.
  const machine = (rest) => ["", ...rest].join("/");
  const note = ["TO", "DO"].join("");
  for (const rest of [
    ["work", "main", "x"],
    ["root", "x"],
    ["home", "ann", "x"],
    ["tmp", "a", "b"],
  ]) {
    assertOne(
      messages("README.md", `see ${machine(rest)}`),
      /README\.md:1: .* path of one machine/,
    );
  }
  assert.deepEqual(
    messages(
      "README.md",
      `see notes${machine(["work", "n.md"])} and https://a.example${machine(["work", "x"])}`,
    ),
    [],
  );
  const resolved = ['"resolved"', '"https://registry.'].join(": ");
  assertOne(messages("package-lock.json", `${resolved}example.com/a.tgz"`), /registry other than/);
  assert.deepEqual(messages("package-lock.json", `${resolved}npmjs.org/a.tgz"`), []);
  assertOne(messages("js/a.ts", `// ${note}: later`), /without an owner/);
  assert.deepEqual(messages("js/a.ts", `// ${note}(ann): when Chrome 160 ships`), []);
});
