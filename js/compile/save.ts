/** Saving a compiled composition to a folder, and loading it again. */
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { messageOf, NativeRenderError } from "../base/errors.js";
import { type CompiledComposition, SCHEMA_VERSION } from "../wire/generated.js";

const LEFT_OUT = new Set(["node_modules", "renders", "out"]);
const FILE_NAME = "compiled.json";

/**
 * Saves a compiled composition so that it can be rendered without Node and without the project:
 * `compiled.json` with relative paths, the document, the compiled files and the project's assets.
 * Not copied are `node_modules` (except files in it that the page names), `renders`, `out` and
 * hidden folders of the project. Links are followed.
 *
 * @returns path of the `compiled.json`
 */
export async function saveCompiled(composition: CompiledComposition, dir: string): Promise<string> {
  const target = resolve(dir);
  const document = await readFile(composition.documentPath, "utf8");
  await mkdir(target, { recursive: true });
  await writeFile(join(target, "document.html"), document);
  await copyTree(composition.compiledDir, join(target, "compiled"), () => true);
  await copyTree(composition.projectDir, join(target, "project"), (path) => {
    const name = path.slice(path.lastIndexOf(sep) + 1);
    if (path === target) return false;
    return path === composition.projectDir || !(LEFT_OUT.has(name) || name.startsWith("."));
  });
  await copyNamedModules(composition.projectDir, join(target, "project"), document);
  const saved: CompiledComposition = {
    ...composition,
    projectDir: "project",
    compiledDir: "compiled",
    documentPath: "document.html",
  };
  const file = join(target, FILE_NAME);
  await writeFile(file, `${JSON.stringify(saved, null, 2)}\n`);
  return file;
}

/**
 * Loads what {@link saveCompiled} wrote; paths become absolute again.
 *
 * @param path a `compiled.json` or its folder
 * @throws NativeRenderError `HF_NATIVE_COMPILED_FILE` naming the file and field
 */
export async function loadCompiled(path: string): Promise<CompiledComposition> {
  const file = path.endsWith(".json") ? resolve(path) : join(resolve(path), FILE_NAME);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw broken(file, `cannot be read: ${messageOf(cause)}`, cause);
  }
  const composition = checkCompiled(value, file);
  const base = dirname(file);
  return {
    ...composition,
    projectDir: resolve(base, composition.projectDir),
    compiledDir: resolve(base, composition.compiledDir),
    documentPath: resolve(base, composition.documentPath),
  };
}

function checkCompiled(value: unknown, file: string): CompiledComposition {
  const fields = value as Record<string, unknown> | null;
  if (typeof fields !== "object" || fields === null) throw broken(file, "holds no object");
  const { schemaVersion: version } = fields;
  if (version !== SCHEMA_VERSION) {
    const got = JSON.stringify(version);
    throw broken(file, `has schemaVersion ${got}, expected ${SCHEMA_VERSION}`);
  }
  for (const name of ["projectDir", "compiledDir", "documentPath", "preHead", "entryFile"]) {
    if (typeof fields[name] !== "string") throw broken(file, `lacks the text field ${name}`);
  }
  for (const name of ["width", "height", "staticDuration"]) {
    if (typeof fields[name] !== "number") throw broken(file, `lacks the number ${name}`);
  }
  for (const name of ["producer", "media", "hints"]) {
    if (typeof fields[name] !== "object" || fields[name] === null) {
      throw broken(file, `lacks the object ${name}`);
    }
  }
  return fields as unknown as CompiledComposition;
}

function broken(file: string, what: string, cause?: unknown): NativeRenderError {
  return new NativeRenderError("HF_NATIVE_COMPILED_FILE", `${file} ${what}.`, {
    stage: "compile",
    cause,
  });
}

/** Copies a folder, even into a folder below itself. */
async function copyTree(
  from: string,
  to: string,
  wanted: (path: string) => boolean,
): Promise<void> {
  const inside = relative(from, to);
  const containsTarget = inside !== "" && !inside.startsWith("..") && !isAbsolute(inside);
  const options = { recursive: true, dereference: true, filter: wanted };
  if (!containsTarget) return cp(from, to, options);
  // `cp` refuses to copy a folder into itself even when the filter excludes the target.
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    const path = join(from, name);
    if (to === path || to.startsWith(path + sep) || !wanted(path)) continue;
    await cp(path, join(to, name), options);
  }
}

async function copyNamedModules(from: string, to: string, document: string): Promise<void> {
  const named = new Set(document.match(/node_modules\/[^"'`()\s?#<>\\]+/g) ?? []);
  for (const path of named) {
    if (path.includes("..")) continue;
    try {
      await cp(join(from, path), join(to, path), { recursive: true, dereference: true });
    } catch {
      // Named in a comment, or missing: the page reports it if it needs the file.
    }
  }
}
