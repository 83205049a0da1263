/** The shape of a value, keys and types without what they hold, and how two shapes differ. */

/** The shape of a value that came from JSON. Entries of a list are one shape together. */
export function shapeOf(value) {
  if (value === null) return { type: "null" };
  if (Array.isArray(value)) return { type: "list", items: merge(value.map(shapeOf)) };
  if (typeof value !== "object") return { type: typeof value };
  const keys = {};
  for (const [key, one] of Object.entries(value)) {
    if (one !== undefined) keys[key] = shapeOf(one);
  }
  return { type: "object", keys };
}

/** One shape for several values: a key is in it if any has it. */
export function merge(shapes) {
  const types = [...new Set(shapes.map(({ type }) => type))].sort();
  if (types.length === 0) return { type: "nothing" };
  if (types.length > 1) return { type: types.join("|") };
  const [type] = types;
  if (type === "list") return { type, items: merge(shapes.map(({ items }) => items)) };
  if (type !== "object") return { type };
  const keys = {};
  for (const name of new Set(shapes.flatMap(({ keys: own }) => Object.keys(own)))) {
    keys[name] = merge(shapes.filter((one) => one.keys[name]).map((one) => one.keys[name]));
  }
  return { type, keys };
}

/**
 * What differs, as `{ path, theirs, ours }` with the types, `-` for what is not there. An empty list
 * is like any other list, and null like any other value: what would be there is not known.
 */
export function differences(theirs, ours, path = "") {
  if (!theirs || !ours || theirs.type !== ours.type) {
    if ([theirs, ours].some((one) => ["nothing", "null"].includes(one?.type))) return [];
    return [{ path, theirs: theirs?.type ?? "-", ours: ours?.type ?? "-" }];
  }
  if (theirs.type === "list") return differences(theirs.items, ours.items, `${path}[]`);
  if (theirs.type !== "object") return [];
  const names = new Set([...Object.keys(theirs.keys), ...Object.keys(ours.keys)]);
  return [...names]
    .sort()
    .flatMap((name) =>
      differences(theirs.keys[name], ours.keys[name], path === "" ? name : `${path}.${name}`),
    );
}
