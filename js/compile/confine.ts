/**
 * Files that a composition names outside of its project. Upstream's compile stage copies them to where
 * pages can read them, and writes nested compositions back to the path that names them.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { NativeRenderError } from "../base/errors.js";
import type { PageFiles } from "../base/page-limits.js";
import { isWithin } from "../base/within.js";

/** Documents that are read; a composition with more is not searched further. */
const MOST_DOCUMENTS = 500;
/** Where upstream puts what it copies. */
const COPIES = "hf-ext";

const NESTED = /\bdata-composition-src\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi;
const NAMED =
  /\b(?:src|href|poster|data-[\w-]*src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))|url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)/gi;
const ENTITY = /&(?:#x([\da-f]+)|#(\d+)|(amp|period|sol|bsol|lowbar|hyphen|Tab|NewLine));?/gi;
const CHARACTERS: Record<string, string> = {
  amp: "&",
  period: ".",
  sol: "/",
  bsol: "\\",
  lowbar: "_",
  hyphen: "-",
  tab: "",
  newline: "",
};

/** What {@link assertPlaces} needs. */
export interface Places {
  projectDir: string;
  entryFile: string;
  /** Where upstream writes, and the folder of the job around it. */
  compiledDir: string;
  workspaceDir: string;
  files: PageFiles;
}

/**
 * Checks what the documents of a composition name. A nested composition may never be one that would be
 * written outside of the job's folder; with `project`, no file outside of the project may be named.
 *
 * @throws NativeRenderError `HF_NATIVE_OUTSIDE_PROJECT` naming document and path
 */
export function assertPlaces(places: Places): void {
  const { projectDir, compiledDir, workspaceDir, files } = places;
  const documents = [resolve(projectDir, places.entryFile)];
  for (const path of documents) {
    const text = readText(path);
    for (const name of namesIn(text, NESTED)) {
      const nested = resolve(projectDir, name);
      if (!isFile(nested)) continue;
      if (!isWithin(resolve(join(compiledDir, name)), workspaceDir)) throw outside(path, name);
      if (!documents.includes(nested) && documents.length < MOST_DOCUMENTS) documents.push(nested);
    }
    if (files === "all") continue;
    for (const name of namesIn(text, NAMED)) {
      if (leadsOutside(name, path, projectDir)) throw outside(path, name);
    }
  }
}

/**
 * Checks that upstream has copied nothing from elsewhere.
 *
 * @throws NativeRenderError `HF_NATIVE_OUTSIDE_PROJECT` naming the file
 */
export function assertNoCopies(compiledDir: string, entryFile: string, files: PageFiles): void {
  if (files === "all") return;
  const first = firstFile(join(compiledDir, COPIES));
  if (first !== undefined) throw outside(entryFile, `/${first}`);
}

/** Whether a name means a file outside, for the reader of the document or for upstream. */
function leadsOutside(name: string, document: string, projectDir: string): boolean {
  if (/^(?:[a-z][a-z\d+.-]*:|\/\/|#)/i.test(name)) return false;
  const bare = name.split(/[?#]/)[0] as string;
  const forms = new Set([name, bare, decoded(bare)]);
  for (const form of forms) {
    for (const base of [projectDir, dirname(document)]) {
      const path = resolve(base, form);
      if (isFile(path) && !isWithin(path, projectDir)) return true;
    }
  }
  return false;
}

function* namesIn(text: string, pattern: RegExp): Generator<string> {
  for (const [, ...groups] of text.matchAll(pattern)) {
    const name = unescaped(groups.find((group) => group !== undefined) ?? "").trim();
    if (name !== "" && !name.includes("\0")) yield name;
  }
}

function unescaped(text: string): string {
  return text.replace(ENTITY, (whole, hex, decimal, name) => {
    if (name !== undefined) return CHARACTERS[name.toLowerCase()] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    // A name that no file can have.
    return false;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** A file below a folder, as a path relative to it. */
function firstFile(dir: string): string | undefined {
  let entries: string[];
  try {
    entries = readdirSync(dir, { recursive: true, encoding: "utf8" });
  } catch {
    return undefined;
  }
  return entries.find((entry) => isFile(join(dir, entry)));
}

function outside(document: string, name: string): NativeRenderError {
  return new NativeRenderError(
    "HF_NATIVE_OUTSIDE_PROJECT",
    `${document} names ${name}, which leads outside of the project. Put the file into the project; ` +
      'assets elsewhere can be allowed with pageFiles: "all" (HF_NATIVE_PAGE_FILES).',
    { stage: "compile" },
  );
}
