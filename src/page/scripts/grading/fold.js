// Rewrites the text of a fragment shader for uniforms that are zero, so that the compiler leaves out
// what has no effect. SwiftShader executes both sides of every branch, whatever its condition is.
define("fold", () => {
  const ZEROS = { float: "0.0", vec2: "vec2(0.0)", vec3: "vec3(0.0)", vec4: "vec4(0.0)" };
  const UNIFORM = /^[ \t]*uniform +(\w+) +(\w+) *;[ \t]*$/gm;
  const FUNCTION = /^(\w+) (\w+)\(([^()]*)\) *\{$/gm;
  // What a constant expression of GLSL ES 1.00 may call.
  const PURE = new Set(
    (
      "abs acos asin atan ceil clamp cos degrees distance dot exp exp2 float floor fract int inversesqrt " +
      "length log log2 max min mix mod normalize pow radians sign sin smoothstep sqrt step tan " +
      "vec2 vec3 vec4"
    ).split(" "),
  );
  const SELECTORS = /\.[xyzwrgba]{1,4}\b/g;
  const NUMBERS = /\b\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+/g;

  // The names of the uniforms that may be folded.
  const uniforms = (text) =>
    Array.from(text.matchAll(UNIFORM), ([, type, name]) => (type in ZEROS ? name : "")).filter(
      Boolean,
    );

  // Whether `text` consists of literals, calls of pure functions and the names in `constants`.
  const isConstant = (text, constants) => {
    if (/[^\w\s.,()+\-*/]/.test(text)) return false;
    const names =
      text
        .replace(NUMBERS, "")
        .replace(SELECTORS, "")
        .match(/[A-Za-z_]\w*/g) ?? [];
    return names.every((name) => constants.has(name) || PURE.has(name));
  };

  // The place after the bracket that closes the one at `from`.
  const closing = (text, from) => {
    let depth = 0;
    for (let at = from; at < text.length; at += 1) {
      if ("({".includes(text[at])) depth += 1;
      else if (")}".includes(text[at]) && --depth === 0) return at + 1;
    }
    return text.length;
  };

  // Splits at the commas that are not in brackets.
  const split = (list) => {
    const parts = [""];
    let depth = 0;
    for (const c of list) {
      if (c === "(") depth += 1;
      else if (c === ")") depth -= 1;
      if (c === "," && depth === 0) parts.push("");
      else parts[parts.length - 1] += c;
    }
    return parts.map((part) => part.trim());
  };

  // The functions that are defined once and declared nowhere else.
  const functions = (text) =>
    Array.from(text.matchAll(FUNCTION), ([head, type, name, parameters]) => ({
      head,
      type,
      name,
      parameters: parameters.trim() === "" ? [] : split(parameters),
    })).filter(({ type, name }) => text.split(`${type} ${name}(`).length === 2);

  const callsOf = (text, { type, name }) => {
    const calls = [];
    for (const match of text.matchAll(new RegExp(`\\b${name}\\(`, "g"))) {
      if (text.slice(0, match.index).endsWith(`${type} `)) continue;
      const open = match.index + match[0].length - 1;
      calls.push(split(text.slice(open + 1, closing(text, open) - 1)));
    }
    return calls;
  };

  // A parameter that is the same constant in every call becomes a constant of the function.
  const foldParameters = (text, constants) => {
    let folded = text;
    for (const f of functions(text)) {
      const calls = callsOf(text, f);
      const fixed = [];
      const parameters = f.parameters.map((parameter, i) => {
        const [, type, name] = parameter.match(/^(float|vec[234]) (\w+)$/) ?? [];
        const value = calls[0]?.[i];
        const isFixed =
          name && value && calls.every((call) => call[i] === value) && isConstant(value, constants);
        if (!isFixed) return parameter;
        // A parameter that hides a constant of the same name would be its own value.
        if (new RegExp(`\\b${name}\\b`).test(value)) return parameter;
        fixed.push(`const ${type} ${name} = ${value};`);
        return `${type} folded_${name}`;
      });
      if (fixed.length === 0) continue;
      const head = `${f.type} ${f.name}(${parameters.join(", ")}){ ${fixed.join(" ")}`;
      folded = folded.replace(f.head, () => head);
    }
    return folded;
  };

  // Variables that are set once, to a constant, become constants.
  const foldVariables = (body, constants) => {
    const known = new Set(constants);
    const isChanged = (name) =>
      new RegExp(
        `(?:\\+\\+|--)${name}\\b|\\b${name}(?:\\.\\w+)? *(?:\\+\\+|--|[-+*/]?=(?!=))`,
      ).test(body.replace(new RegExp(`\\b(?:float|vec[234]) ${name} *=`, "g"), ""));
    const declared = (name) =>
      body.match(new RegExp(`\\b(?:float|vec[234]|int|bool|mat[234]) ${name}\\b`, "g"))?.length ??
      0;
    // What the function declares hides a constant of the same name.
    for (const name of constants) if (declared(name) > 0) known.delete(name);
    for (const [, name] of body.matchAll(/\bconst (?:float|vec[234]) (\w+) *=/g)) known.add(name);
    return body.replace(
      /^(\s*)((?:float|vec[234]) (\w+) *= *([^;]*);)$/gm,
      (line, space, statement, name, value) => {
        if (declared(name) > 1 || isChanged(name) || !isConstant(value, known)) {
          known.delete(name);
          return line;
        }
        known.add(name);
        return `${space}const ${statement}`;
      },
    );
  };

  const foldBodies = (text, constants) => {
    let folded = "";
    let done = 0;
    for (const match of text.matchAll(/^\w+ \w+\(([^()]*)\) *\{/gm)) {
      const open = match.index + match[0].length - 1;
      const end = closing(text, open);
      // A parameter hides a constant of the same name.
      const own = new Set(constants);
      for (const [name] of match[1].matchAll(/\w+(?=\s*(?:,|$))/g)) own.delete(name);
      folded += text.slice(done, open) + foldVariables(text.slice(open, end), own);
      done = end;
    }
    return folded + text.slice(done);
  };

  // `text` for the case that the uniforms in `zeros`, a set of names, are zero.
  const fold = (text, zeros) => {
    const constants = new Set(
      Array.from(text.matchAll(/^const (?:float|vec[234]) (\w+) *=/gm), ([, name]) => name),
    );
    const withZeros = text.replace(UNIFORM, (line, type, name) => {
      if (!zeros.has(name) || !ZEROS[type]) return line;
      constants.add(name);
      return `const ${type} ${name} = ${ZEROS[type]};`;
    });
    return foldBodies(foldParameters(withZeros, constants), constants);
  };

  return { uniforms, fold };
});
