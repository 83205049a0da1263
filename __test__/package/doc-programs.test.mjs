/** The programs and data of the documents, and the examples: each program compiles against the types of the package. */
import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import ts from "typescript";
import { blocksOf, documents } from "../../scripts/lib/docs/blocks.mjs";
import { ROOT } from "../../scripts/lib/run.mjs";

const NAME = "@hyperframes/producer-native";
/** Names that programs leave to their reader. */
const FREE = `
  declare function use(time: number, data: Uint8Array): void;
  declare const rest: import("${NAME}/studio").StudioAdapter;`;
/** What is no program of this package's. */
const OTHERS = [
  ["docs/adr/0001-compile-stage.md", "a function that HyperFrames would have to export"],
];

const blocks = documents().flatMap(blocksOf);
const examples = readdirSync(join(ROOT, "examples"))
  .filter((name) => name.endsWith(".mjs"))
  .map((name) => `examples/${name}`)
  .map((file) => ({ file, line: 1, text: readFileSync(join(ROOT, file), "utf8") }));
const programs = [...blocks.filter(({ language }) => ["js", "ts"].includes(language)), ...examples];
const isOther = ({ file }) => OTHERS.some(([other]) => other === file);
const dir = mkdtempSync(join(tmpdir(), "hf-programs-"));
after(() => rmSync(dir, { recursive: true, force: true }));

before(() => {
  for (const name of ["@hyperframes", "@types"])
    mkdirSync(join(dir, "node_modules", name), { recursive: true });
  const link = (name, target) => symlinkSync(target, join(dir, "node_modules", ...name.split("/")));
  link(NAME, ROOT);
  // What this package exports in its place.
  link("@hyperframes/producer", ROOT);
  for (const name of ["@hyperframes/studio-server", "@types/node"])
    link(name, join(ROOT, "node_modules", name));
});

/** What the compiler says against programs, which are modules of their own. */
function complaints(texts) {
  const files = texts.map((text, index) => {
    const file = join(dir, `program-${index}.mts`);
    writeFileSync(file, `${text}\nexport {};`);
    return file;
  });
  const free = join(dir, "free.d.ts");
  writeFileSync(free, FREE);
  const program = ts.createProgram([...files, free], {
    ...{ target: ts.ScriptTarget.ES2022, lib: ["lib.es2023.d.ts"], types: ["node"], strict: true },
    ...{
      noEmit: true,
      skipLibCheck: true,
      module: ts.ModuleKind.NodeNext,
      typeRoots: [join(dir, "node_modules", "@types")],
    },
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  });
  return files.map((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
      .map((one) => ts.flattenDiagnosticMessageText(one.messageText, " "))
      .join("; ");
  });
}

test("programs compile", { timeout: 120_000 }, (t) => {
  const ours = programs.filter((block) => !isOther(block));
  const said = complaints(ours.map(({ text }) => text));
  const wrong = ours.flatMap(({ file, line }, index) =>
    said[index] ? [`${file}:${line}: ${said[index]}`] : [],
  );
  assert.deepEqual(wrong, []);
  t.diagnostic(`${programs.length} programs, ${programs.length - ours.length} not of ours`);
  assert.ok(ours.length >= 10);
  assert.ok(OTHERS.every(([file]) => programs.some((block) => block.file === file)));
});

test("a program with an option that does not exist is found", { timeout: 120_000 }, () => {
  const program = (field) =>
    `import { renderJob } from "${NAME}";
     await renderJob({ projectDir: "a", outputPath: "b", ${field} });`;
  const [right, wrong] = complaints([program("fps: 30"), program("frameRate: 30")]);
  assert.equal(right, "");
  assert.match(wrong, /'frameRate' does not exist/);
});

test("data are JSON", () => {
  const data = blocks.filter(({ language }) => language === "json");
  assert.ok(data.length >= 2);
  for (const { file, line, text } of data) {
    assert.doesNotThrow(() => JSON.parse(text), `${file}:${line}`);
  }
});
