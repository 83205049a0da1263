import assert from "node:assert/strict";
import test from "node:test";
import { commentsOf } from "./comments.mjs";

const found = (file, lines) =>
  commentsOf(file, lines.join("\n")).map(({ text, line }) => `${line} ${text}`);

test("Rust's comments are found, what only looks like one is not", () => {
  const lines = [
    "//! a",
    'const URL: &str = "http://b"; // c',
    'const RAW: &str = r#"',
    '// d"#;',
    "/* e /* f */ g */ fn h<'x>() { '\"' } // i",
  ];
  assert.deepEqual(found("src/a.rs", lines), [
    "1 //! a",
    "2 // c",
    "5 /* e /* f */ g */",
    "5 // i",
  ]);
});

test("JavaScript's comments are found, also after strings, templates and expressions", () => {
  const lines = [
    "/** a",
    " * b */",
    "const c = \"//d\" + '/*e' + `",
    "// f",
    "g`; // h",
    'const i = j.replace(/\\/\\*[/"]/g, k) / 2; // l',
    "const m = n / o; // p's q / r",
    "return /`[//]/;",
    "// s",
  ];
  const expected = ["1 /** a\n * b */", "5 // h", "6 // l", "7 // p's q / r", "9 // s"];
  for (const ending of ["mjs", "ts", "js", "cjs"]) {
    assert.deepEqual(found(`js/a.${ending}`, lines), expected, ending);
  }
});

test("comments behind a hash begin a line or follow a space", () => {
  const lines = ["a: 1 # b", "c: d#e", "# f"];
  assert.deepEqual(found(".github/a.yml", lines), ["1 # b", "3 # f"]);
  assert.deepEqual(found("a.json", lines), []);
});
