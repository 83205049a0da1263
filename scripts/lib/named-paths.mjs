/** Paths that comments and documents name: each must exist, and so must the anchor after it. */
import { posix } from "node:path";
import { commentsOf } from "./comments.mjs";
import { anchorsOf, lineAt, linksOf } from "./markdown.mjs";

/** @typedef {import("./rooms.mjs").Problem} Problem */

/** Describes releases as they were. */
const HISTORY = "CHANGELOG.md";
/** Pages that are rendered; what their comments name is not of this repository. */
const PAGES = /^(?:__test__\/fixtures|__test__\/contract\/project|examples)\//;

/**
 * A path from the root, perhaps with placeholders (`<name>`), wildcards (`*`) or alternatives
 * (`{a,b}`), perhaps with an anchor. `spec` counts only before a document: it is also a room.
 */
const PATH = new RegExp(
  [
    String.raw`(?<![\w./@:~\\-])`,
    String.raw`(?:(?:src|js|docs|scripts|__test__|benches|examples|bin|fuzz)\/`,
    String.raw`(?:[\w.*@+/-]|<[^<>\s]+>|\{[^{}\s]+\})*`,
    String.raw`|spec\/[\w-]+\.md)`,
    String.raw`(?:#[\w-]+)?`,
  ].join(""),
  "g",
);

/** Decisions may be named by their numbers. */
const DECISION = /^docs\/adr\/\d{4}$/;

/**
 * @param {{ file: string, text: string }[]} files of the repository
 * @param {string[]} paths of everything in it, binary files included
 * @returns {Problem[]}
 */
export function checkPaths(files, paths) {
  const repository = new Repository(files, paths);
  return files
    .filter(({ file }) => file !== HISTORY && !PAGES.test(file))
    .flatMap(({ file, text }) =>
      file.endsWith(".md")
        ? [...pathsNamed(file, text, 1, repository), ...brokenLinks(file, text, repository)]
        : commentsOf(file, text).flatMap((comment) =>
            pathsNamed(file, comment.text, comment.line, repository),
          ),
    );
}

function pathsNamed(file, text, firstLine, repository) {
  return [...text.matchAll(PATH)].flatMap(({ 0: named, index }) => {
    const message = repository.problemOf(named.replace(/[.,:-]+$/, ""));
    return message ? [{ file, line: firstLine + lineAt(text, index) - 1, message }] : [];
  });
}

function brokenLinks(file, text, repository) {
  return linksOf(text).flatMap(({ target, line }) => {
    const path = target.startsWith("#")
      ? file + target
      : posix.join(posix.dirname(file), target).replace(/\/$/, "");
    const message = repository.problemOf(path);
    return message ? [{ file, line, message }] : [];
  });
}

class Repository {
  constructor(files, paths) {
    this.texts = new Map(files.map(({ file, text }) => [file, text]));
    this.paths = paths;
    this.entries = new Set(paths.flatMap(withFolders));
  }

  /** @returns {string | undefined} what is wrong with a path and its anchor, if anything */
  problemOf(named) {
    const [path, anchor] = named.split("#");
    if (!this.has(path)) return `"${path}" is not in the repository`;
    if (anchor === undefined || anchorsOf(this.texts.get(path) ?? "").has(anchor)) return undefined;
    return `"${path}" has no heading for "#${anchor}"`;
  }

  has(path) {
    const plain = path.replace(/\/$/, "");
    if (this.entries.has(plain)) return true;
    if (DECISION.test(plain)) return this.paths.some((entry) => entry.startsWith(`${plain}-`));
    if (!/[*<{]/.test(plain)) return false;
    return alternatives(plain).every((one) => this.matches(one));
  }

  matches(pattern) {
    const source = pattern
      .replace(/[.+]/g, "\\$&")
      .replace(/<[^>]+>|\*+/g, (wild) => (wild === "**" ? ".*" : "[^/]*"));
    const whole = new RegExp(`^${source}$`);
    return [...this.entries].some((entry) => whole.test(entry));
  }
}

/** `a/b/c` is `a`, `a/b` and `a/b/c`. */
function withFolders(path) {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** `a/{b,c}.rs` is `a/b.rs` and `a/c.rs`. */
function alternatives(path) {
  const group = /\{([^{}]+)\}/.exec(path);
  if (!group) return [path];
  const [whole, list] = group;
  return list.split(",").flatMap((one) => alternatives(path.replace(whole, one)));
}
