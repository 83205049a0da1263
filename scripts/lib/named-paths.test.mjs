import assert from "node:assert/strict";
import test from "node:test";
import { checkPaths } from "./named-paths.mjs";

const DOCUMENT = "# The *first* `one`\n\n```sh\n# no heading\n```\n\n## Again\n## Again\n";
const OTHERS = {
  "docs/a.md": DOCUMENT,
  "docs/adr/0001-why.md": "",
  "src/room/plain.rs": "",
  "src/room/other.rs": "",
  "benches/slow/bench.mjs": "",
};

/** Problems of one file beside those above; a picture is in the repository, but no text. */
function problems(file, text) {
  const files = Object.entries({ ...OTHERS, [file]: text });
  const named = files.map(([name, content]) => ({ file: name, text: content }));
  const paths = [...files.map(([name]) => name), "docs/picture.png"];
  return checkPaths(named, paths).map(({ file: at, line, message }) => `${at}:${line}: ${message}`);
}

test("paths that exist pass, in every form they are written in", () => {
  const named = [
    "docs/a.md, docs/a.md#the-first-one, docs/a.md#again-1; docs/picture.png.",
    "(docs/adr/0001) src/room/ src/room src/room/plain.rs: src/room/{plain,other}.rs",
    "benches/*/bench.mjs benches/<name>/bench.mjs src/** docs/adr/0001-*",
  ];
  for (const line of named) {
    assert.deepEqual(problems("src/room/mod.rs", `//! ${line}`), [], line);
    assert.deepEqual(problems("js/a.ts", `/** ${line} */`), [], line);
    assert.deepEqual(problems("README.md", line), [], line);
  }
});

test("paths and anchors that do not exist are found where they stand", () => {
  const cases = {
    "src/gone/mod.rs": /"src\/gone\/mod\.rs" is not in the repository/,
    "docs/adr/0002": /"docs\/adr\/0002" is not/,
    "benches/none/*.mjs": /"benches\/none\/\*\.mjs" is not/,
    "src/room/{plain,gone}.rs": /"src\/room\/\{plain,gone\}\.rs" is not/,
    "spec/capture.md 3.2": /"spec\/capture\.md" is not/,
    "docs/a.md#no-heading": /"docs\/a\.md" has no heading for "#no-heading"/,
    "docs/a.md#again-2": /has no heading for "#again-2"/,
  };
  for (const [named, pattern] of Object.entries(cases)) {
    for (const [file, text] of [
      ["src/room/mod.rs", `fn f() {}\n/// See ${named}.`],
      ["js/a.ts", `const a = 1;\n// see ${named}`],
      ["CONTRIBUTING.md", `Title\nsee \`${named}\``],
      [".github/a.yml", `a: 1\n# ${named}`],
    ]) {
      const found = problems(file, text);
      assert.equal(found.length, 1, `${file}: ${named}: ${found.join(" | ")}`);
      assert.ok(found[0].startsWith(`${file}:2: `), found[0]);
      assert.match(found[0], pattern);
    }
  }
});

test("links of documents lead somewhere, from where the document is", () => {
  assert.deepEqual(problems("docs/b.md", "[a](a.md#again) [b](../docs/) [c](#d)\n# D"), []);
  assert.deepEqual(problems("docs/b.md", "[a](https://a.example/docs/x) [b](mailto:b@c)"), []);
  assert.match(problems("docs/b.md", "[a](c.md)")[0], /docs\/b\.md:1: "docs\/c\.md" is not/);
  assert.match(problems("docs/b.md", "\n[c](#d)")[0], /docs\/b\.md:2: .*no heading for "#d"/);
});

test("code, addresses, packages, pages and the history may name what they like", () => {
  const gone = "src/gone.rs";
  assert.deepEqual(problems("src/room/mod.rs", `const A: &str = "${gone}";`), []);
  assert.deepEqual(problems("js/a.mjs", `const a = \`\n// ${gone}\n\`;`), []);
  assert.deepEqual(
    problems("js/a.ts", "// https://a.example/docs/x and @a/src/b, packages/src/c"),
    [],
  );
  assert.deepEqual(problems("src/room/mod.rs", "// the room spec/parse.rs"), []);
  assert.deepEqual(problems("__test__/fixtures/a/a.js", `// ${gone}`), []);
  assert.deepEqual(problems("CHANGELOG.md", gone), []);
});
