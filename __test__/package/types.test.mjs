/** The declarations, as TypeScript finds them for each kind of importing program. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import ts from "typescript";
import { ROOT } from "../../scripts/lib/run.mjs";

const CONSUMER = join(import.meta.dirname, "consumers", "consumer.ts");
const { ModuleKind, ModuleResolutionKind } = ts;
const dir = mkdtempSync(join(tmpdir(), "hf-types-"));
const parsed = new Map();

/** A folder with this package and `@types/node` installed, and the same program in three spellings. */
before(() => {
  for (const name of ["@hyperframes", "@types"])
    mkdirSync(join(dir, "node_modules", name), { recursive: true });
  symlinkSync(ROOT, join(dir, "node_modules", "@hyperframes", "producer-native"));
  symlinkSync(
    join(ROOT, "node_modules", "@types", "node"),
    join(dir, "node_modules", "@types", "node"),
  );
  writeFileSync(join(dir, "package.json"), "{}");
  for (const ending of ["ts", "cts", "mts"])
    copyFileSync(CONSUMER, join(dir, `consumer.${ending}`));
});
after(() => rmSync(dir, { recursive: true, force: true }));

/** What the compiler says against a program and against our declarations. */
function complaints(file, options) {
  const all = {
    ...{ target: ts.ScriptTarget.ES2022, lib: ["lib.es2023.d.ts"], types: ["node"], strict: true },
    ...{ noEmit: true, noUncheckedSideEffectImports: true, ...options },
  };
  const host = ts.createCompilerHost(all);
  const parse = host.getSourceFile.bind(host);
  // Most of the time would go into reading the same declarations of Node again.
  host.getSourceFile = (name, how, ...more) => {
    const key = `${name} ${how.impliedNodeFormat} ${options.moduleResolution}`;
    if (!parsed.has(key)) parsed.set(key, parse(name, how, ...more));
    return parsed.get(key);
  };
  host.getCurrentDirectory = () => dir;
  const program = ts.createProgram([join(dir, file)], all, host);
  const ours = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(dir) || fileName.startsWith(join(ROOT, "dist")));
  assert.ok(ours.length > 20, `only ${ours.length} files of the package were found`);
  const found = ours.flatMap((source) => [
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ]);
  const texts = [...program.getOptionsDiagnostics(), ...found].map((one) => {
    const message = ts.flattenDiagnosticMessageText(one.messageText, " ");
    return `${one.file?.fileName.replace(dir, "")}: ${message}`;
  });
  const fromCjs = ours.some(({ fileName }) => fileName.includes("/dist/cjs/"));
  return { texts, from: fromCjs ? "cjs" : "esm" };
}

const { Node10, Node16, NodeNext, Bundler } = ModuleResolutionKind;
for (const [title, file, module, moduleResolution, from] of [
  ["CommonJS, without `exports` (node10)", "consumer.ts", ModuleKind.CommonJS, Node10, "cjs"],
  ["CommonJS (node16)", "consumer.cts", ModuleKind.Node16, Node16, "cjs"],
  ["modules (node16)", "consumer.mts", ModuleKind.Node16, Node16, "esm"],
  ["CommonJS (nodenext)", "consumer.cts", ModuleKind.NodeNext, NodeNext, "cjs"],
  ["modules (nodenext)", "consumer.mts", ModuleKind.NodeNext, NodeNext, "esm"],
  ["a bundler", "consumer.ts", ModuleKind.ESNext, Bundler, "esm"],
]) {
  test(`types for ${title}`, { timeout: 120_000 }, () => {
    assert.deepEqual(complaints(file, { module, moduleResolution }), { texts: [], from });
  });
}
