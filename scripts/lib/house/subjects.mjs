/** What each room is about, in the words of ARCHITECTURE.md. */

/**
 * @param {string} text of ARCHITECTURE.md
 * @returns {Map<string, string>} from `src/job` or `js/api` to the first part of its subject
 */
export function subjectsOf(text) {
  const found = new Map();
  const [js, rust] = ["JavaScript", "Rust"].map((title) => section(text, title));
  for (const [part, root] of [
    [js, "js/"],
    [rust, "src/"],
  ]) {
    for (const [, names, subject] of part.matchAll(/^\| (`[^|]+`) \| ([^|]+?) \|/gm)) {
      for (const [, name] of names.matchAll(/`(?:js\/)?(\w+)\/?`/g)) {
        found.set(root + name, subject.split(/[;:]/)[0].replaceAll("`", ""));
      }
    }
  }
  return found;
}

function section(text, title) {
  const from = text.indexOf(`\n## ${title}\n`);
  if (from === -1) throw new Error(`ARCHITECTURE.md has no section "${title}"`);
  const to = text.indexOf("\n## ", from + 1);
  return text.slice(from, to === -1 ? undefined : to);
}
