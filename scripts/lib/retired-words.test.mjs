import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { checkRetiredWords, retiredWords } from "./retired-words.mjs";
import { ROOT } from "./run.mjs";

const GLOSSARY = "docs/glossary.md";
const ALLOWED = "scripts/allowed.txt";
const TABLE = `# Glossary

| term | meaning |
|---|---|
| \`kept\` | is not retired |

## Retired words

| retired | say instead | files | except |
|---|---|---|---|
| \`Wagon\`, \`wagon.js\` | \`Car\` | | |
| \`Sofa\` | \`Couch\` | \`*.rs\` | |
| \`crony\` | upstream | | \`cronyDependencies*\`, \`crony-review\` |
| \`Seat::Left\` | \`Seat::First\` | | |
| \`the old motor\` | the engine | | |
`;

function problems(file, text, allowed = "") {
  const files = { [GLOSSARY]: TABLE, [ALLOWED]: allowed, [file]: text };
  const list = Object.entries(files).map(([name, content]) => ({ file: name, text: content }));
  const found = checkRetiredWords(list, GLOSSARY, ALLOWED);
  return found.map(({ file: at, line, message }) => `${at}:${line}: ${message}`);
}

test("names are refused as they stand, with what to say instead", () => {
  assert.deepEqual(problems("js/a.ts", "new Car();\nnew Wagon(Wagon);"), [
    'js/a.ts:2: "Wagon" is retired: say Car',
  ]);
  assert.equal(problems("README.md", "see wagon.js").length, 1);
  assert.equal(problems("src/a.rs", "Seat::Left").length, 1);
  assert.deepEqual(problems("js/a.ts", "Wagons, wagon, WagonPlan, aWagon, wagon_js"), []);
  assert.deepEqual(problems("js/a.ts", "Seat::Leftmost, kept"), []);
});

test("words of small letters are refused in every writing and within names", () => {
  for (const use of [
    "crony",
    "Crony's",
    "cronies, cronys",
    "resolveCrony",
    "CRONY_PATH",
    "a-crony",
  ]) {
    assert.equal(problems("js/a.ts", use).length, 1, use);
  }
  for (const use of ["acrony", "cronyism", "cronyDependenciesMeta", '"crony-review"', "CRONYISM"]) {
    assert.deepEqual(problems("js/a.ts", use), [], use);
  }
});

test("phrases are refused across lines, comment marks between them", () => {
  for (const use of ["The old\nmotor", "/// the\n/// old motor", " * the old\n * motor"]) {
    assert.equal(problems("js/a.ts", use).length, 1, use);
  }
  assert.deepEqual(problems("js/a.ts", "the old motors"), []);
});

test("a word may be retired in some files only, and in names of files", () => {
  assert.equal(problems("src/deep/a.rs", "Sofa").length, 1);
  assert.deepEqual(problems("docs/a.md", "Sofa"), []);
  assert.deepEqual(problems("src/wagon.js", ""), [
    'src/wagon.js:1: the file\'s name: "wagon.js" is retired: say Car',
  ]);
});

test("an allowed file has a reason, and a retired word", () => {
  assert.deepEqual(problems("old.json", "crony Wagon", "old.json  # as it was"), []);
  assert.deepEqual(problems("a/old.json", "crony", "a/*.json crony  # npm's word"), []);
  assert.match(
    problems("old.json", "Wagon", "old.json crony  # npm's word")[0],
    /"Wagon" is retired/,
  );
  assert.match(problems("old.json", "Wagon", "old.json")[0], /allowed\.txt:1: .* has no reason/);
  assert.match(problems("old.json", "Car", "# list\nold.json  # why")[0], /txt:2: .*remove it/);
});

test("the glossary's own table is read", () => {
  const words = retiredWords(readFileSync(join(ROOT, GLOSSARY), "utf8"));
  assert.ok(words.length > 20, `${words.length} words`);
  for (const { word, instead } of words) assert.ok(instead.length > 0, word);
  assert.equal(new Set(words.map(({ word }) => word)).size, words.length);
});
