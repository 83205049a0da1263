/** Reads a Dockerfile into its instructions: comments, continued lines and arguments in JSON. */

/**
 * @typedef {object} Instruction
 * @property {string} name in capitals
 * @property {string} text what stands behind it, on one line
 * @property {string[] | undefined} words of its JSON form
 */

/** @param {string} source @returns {Instruction[]} */
export function readDockerfile(source) {
  const lines = source
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replace(/\\\n\s*/g, "")
    .split("\n");
  return lines
    .filter((line) => line.trim())
    .map((line) => {
      const [, name, text] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
      if (!name) throw new Error(`not an instruction: ${line}`);
      return { name, text, words: text.startsWith("[") ? JSON.parse(text) : undefined };
    });
}

/** Names and values of an ENV or ARG; `$NAME` of what is set already is replaced. */
export function assignments(text, known) {
  return text.split(/\s+/).map((part) => {
    const at = part.indexOf("=");
    if (at < 1) throw new Error(`not a name and a value: ${part}`);
    const value = part.slice(at + 1).replace(/\$(\w+)/g, (_, name) => known[name] ?? "");
    return [part.slice(0, at), value];
  });
}
