// Draws with programs that are made for the amounts of each drawing (see `fold`): of a shader with
// dozens of effects, a drawing uses a few. The page's own programs get an empty fragment shader,
// because linking alone would compile the whole one for the processor, for seconds.
define("programs", ({ fold }) => {
  // Programs that are kept for a context. Amounts that move through zero need a few.
  const LIMIT = 32;
  const EMPTY = "void main() { gl_FragColor = vec4(0.0); }";

  // A copy of what a uniform is set to; arrays may be used again by who owns them.
  const copy = (value) => (typeof value === "object" ? Array.from(value) : value);
  const isZero = (values) => values.flat().every((value) => value === 0);

  // Specialises all programs of a context that has none yet.
  const specialise = (gl) => {
    const original = {};
    const wrap = (name, wrapper) => {
      original[name] = gl[name].bind(gl);
      gl[name] = wrapper;
    };
    const texts = new WeakMap();
    // By the page's program: the texts of its shaders, its attributes, the uniforms that may be
    // folded, the values of uniforms by name, and the places that the page has for them.
    const programs = new WeakMap();
    // By such a place, its name and the values it belongs to.
    const places = new WeakMap();
    // Texts by their place in this list.
    const known = [];
    const idOf = (text) => (known.includes(text) ? known.indexOf(text) : known.push(text) - 1);
    // The programs made here by what they were made of; the one used last is the last one.
    const made = new Map();
    let current = null;

    const stateOf = (program) => {
      if (!programs.has(program)) {
        programs.set(program, { shaders: {}, values: new Map(), places: new Map() });
      }
      return programs.get(program);
    };

    const list = (program, count, read) =>
      Array.from({ length: gl.getProgramParameter(program, count) ?? 0 }, (_, i) => read(i).name);

    const link = (vertex, fragment, attributes) => {
      const program = gl.createProgram();
      const parts = [gl.VERTEX_SHADER, gl.FRAGMENT_SHADER].map((type) => gl.createShader(type));
      [vertex, fragment].forEach((text, i) => {
        original.shaderSource(parts[i], text);
        gl.compileShader(parts[i]);
        original.attachShader(program, parts[i]);
      });
      for (const [name, place] of attributes) gl.bindAttribLocation(program, place, name);
      original.linkProgram(program);
      const isLinked = gl.getProgramParameter(program, gl.LINK_STATUS);
      const message = isLinked ? "" : parts.map((part) => gl.getShaderInfoLog(part)).join("\n");
      for (const part of parts) gl.deleteShader(part);
      if (!isLinked) {
        gl.deleteProgram(program);
        return { message };
      }
      const names = list(program, gl.ACTIVE_UNIFORMS, (i) => gl.getActiveUniform(program, i));
      const uniforms = names.map((name) => [name, original.getUniformLocation(program, name)]);
      return { program, uniforms };
    };

    // The program for the values that `state` has now.
    const programFor = ({ shaders: { vertex, fragment }, attributes, values, foldable }) => {
      const zeros = foldable.filter((name) => isZero(values.get(name)?.values ?? [0]));
      const key = JSON.stringify([idOf(vertex), idOf(fragment), attributes, zeros]);
      let found = made.get(key);
      made.delete(key);
      if (!found) {
        found = link(vertex, fold.fold(fragment, new Set(zeros)), attributes);
        if (!found.program) found = link(vertex, fragment, attributes);
        if (!found.program && !gl.isContextLost()) throw new Error(`shader: ${found.message}`);
      }
      made.set(key, found);
      if (made.size > LIMIT) {
        const [oldest, { program }] = made.entries().next().value;
        gl.deleteProgram(program);
        made.delete(oldest);
      }
      return found;
    };

    wrap("shaderSource", (shader, text) => {
      const isFragment = gl.getShaderParameter(shader, gl.SHADER_TYPE) === gl.FRAGMENT_SHADER;
      texts.set(shader, { kind: isFragment ? "fragment" : "vertex", text: String(text) });
      original.shaderSource(shader, isFragment ? EMPTY : text);
    });
    wrap("attachShader", (program, shader) => {
      const { kind, text } = texts.get(shader) ?? {};
      if (kind) stateOf(program).shaders[kind] = text;
      original.attachShader(program, shader);
    });
    wrap("linkProgram", (program) => {
      const state = stateOf(program);
      state.values.clear();
      original.linkProgram(program);
      const names = list(program, gl.ACTIVE_ATTRIBUTES, (i) => gl.getActiveAttrib(program, i));
      state.attributes = names.map((name) => [name, gl.getAttribLocation(program, name)]);
      state.foldable = fold.uniforms(state.shaders.fragment ?? "");
    });
    wrap("useProgram", (program) => {
      current = program;
      original.useProgram(program);
    });
    wrap("getUniformLocation", (program, name) => {
      const state = stateOf(program);
      const isKnown = new RegExp(`\\buniform\\b[^;]*\\b${name.replace(/\W.*/, "")}\\b`).test(
        `${state.shaders.vertex}\n${state.shaders.fragment}`,
      );
      if (!isKnown) return null;
      if (!state.places.has(name)) {
        const place = {};
        state.places.set(name, place);
        places.set(place, { name, values: state.values });
      }
      return state.places.get(name);
    });
    for (const setter of Object.getOwnPropertyNames(Object.getPrototypeOf(gl))) {
      if (!/^uniform(?:[1-4][if]v?|Matrix[2-4]fv)$/.test(setter)) continue;
      wrap(setter, (place, ...values) => {
        const known = place && places.get(place);
        if (known) known.values.set(known.name, { setter, values: values.map(copy) });
      });
    }
    wrap("drawArrays", (...args) => {
      const state = current && programs.get(current);
      if (!state) return;
      const { program, uniforms } = programFor(state);
      if (!program) return;
      original.useProgram(program);
      for (const [name, place] of uniforms) {
        const { setter, values } = state.values.get(name) ?? {};
        if (setter) original[setter](place, ...values);
      }
      original.drawArrays(...args);
      original.useProgram(current);
    });

    gl.canvas.addEventListener?.("webglcontextlost", () => made.clear());
  };

  return { specialise };
});
