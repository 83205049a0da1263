/** What can be linked to in a Markdown file, and where it links to. */

/**
 * @param {string} text
 * @returns {Set<string>} anchors of its headings, as GitHub makes them
 */
export function anchorsOf(text) {
  const anchors = new Set();
  for (const [, heading] of withoutCode(text).matchAll(/^#{1,6}\s+(.+?)\s*$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/**
 * @param {string} text
 * @returns {{ target: string, line: number }[]} links and pictures, without those to other sites
 */
export function linksOf(text) {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .filter(([, target]) => !/^[a-z][a-z+.-]*:/i.test(target))
    .map(({ 1: target, index }) => ({ target, line: lineAt(text, index) }));
}

/**
 * @param {string} text
 * @param {number} index
 * @returns {number} the line that the character at `index` is in, from 1
 */
export function lineAt(text, index) {
  return text.slice(0, index).split("\n").length;
}

/** The same text with fenced blocks blanked: a `#` in a shell example is no heading. */
function withoutCode(text) {
  return text.replace(/^ *```[^\n]*\n[\s\S]*?^ *```[^\S\n]*$/gm, (block) =>
    block.replace(/[^\n]/g, " "),
  );
}
