// Computed CSS values as the numbers and words that the host reads. Pure functions.
define("cssValues", () => {
  const FITS = ["fill", "cover", "contain", "none", "scale-down"];
  // A decimal number, and nothing that JavaScript also takes for one.
  const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/;
  const SIGNS = { "+": 1, "-": -1 };
  // The axis of each keyword of a position, and where on it the keyword is.
  const KEYWORDS = {
    left: { axis: "x", fraction: 0 },
    right: { axis: "x", fraction: 1 },
    top: { axis: "y", fraction: 0 },
    bottom: { axis: "y", fraction: 1 },
    center: { axis: "any", fraction: 0.5 },
  };
  const MIDDLE = { fraction: 0.5, pixels: 0 };

  // The 2-D part of a DOMMatrix, its six numbers in the order of CSS; null unless all are finite.
  const affine = ({ a, b, c, d, e, f }) => {
    const numbers = [a, b, c, d, e, f];
    return numbers.every(Number.isFinite) ? numbers : null;
  };

  // One of `FITS`; unknown words stretch, as the property's initial value does.
  const objectFit = (css) => {
    const word = css.trim().toLowerCase();
    return FITS.includes(word) ? word : "fill";
  };

  const parseNumber = (text) => {
    const value = NUMBER.test(text) ? Number(text) : Number.NaN;
    return Number.isFinite(value) ? value : null;
  };

  // A percentage or pixels, as a fraction of the free room and pixels; null for anything else.
  const parseLength = (text) => {
    if (text.endsWith("%")) {
      const percent = parseNumber(text.slice(0, -1));
      return percent === null ? null : { fraction: percent / 100, pixels: 0 };
    }
    const pixels = parseNumber(text.replace(/px$/, ""));
    // 0 is the only length that needs no unit.
    if (pixels === null || (pixels !== 0 && !text.endsWith("px"))) return null;
    return { fraction: 0, pixels };
  };

  // The content of a `calc()` as Chrome writes computed ones: terms with `+` or `-` between them.
  const parseSum = (text) => {
    const [first, ...rest] = text.trim().split(/\s+/);
    let total = parseLength(first);
    if (rest.length % 2 !== 0) return null;
    for (let at = 0; total && at < rest.length; at += 2) {
      const sign = SIGNS[rest[at]];
      const term = parseLength(rest[at + 1]);
      if (!sign || !term) return null;
      total = {
        fraction: total.fraction + sign * term.fraction,
        pixels: total.pixels + sign * term.pixels,
      };
    }
    return total;
  };

  // A word of a position: a keyword's axis or "offset", and its place; null for anything else.
  const parseWord = (text) => {
    if (Object.hasOwn(KEYWORDS, text)) {
      const { axis, fraction } = KEYWORDS[text];
      return { axis, place: { fraction, pixels: 0 } };
    }
    const calc = /^calc\((.*)\)$/.exec(text);
    const place = calc ? parseSum(calc[1]) : parseLength(text);
    return place && { axis: "offset", place };
  };

  // Words, with what is in a `calc()` left whole.
  const wordsOf = (css) => css.toLowerCase().match(/calc\([^)]*\)|\S+/g) ?? [];

  // Where `translate` moves a box of `width` and `height` pixels, across and down, of which
  // percentages are shares; null where it moves nothing.
  const translation = (css, width, height) => {
    const places = wordsOf(css).map((word) => parseWord(word)?.place);
    const [across, down = { fraction: 0, pixels: 0 }] = places;
    if (!across || !down) return null;
    return [across.fraction * width + across.pixels, down.fraction * height + down.pixels];
  };

  // `by` counted from the edge that `word` names, inwards.
  const fromEdge = (word, by) =>
    word.place.fraction === 0 ? by : { fraction: 1 - by.fraction, pixels: -by.pixels };

  // One or two words: across and down. Two keywords may change places.
  const parsePair = ([first, second = { axis: "any", place: MIDDLE }]) => {
    if (first.axis !== "y" && second.axis !== "x") return [first.place, second.place];
    const isSwapped = second.axis !== "offset" && first.axis !== "offset";
    return isSwapped && second.axis !== "y" && first.axis !== "x"
      ? [second.place, first.place]
      : null;
  };

  // Three or four words: two keywords, of which each edge may be followed by an offset from it.
  const parseFromEdges = (words) => {
    const groups = [];
    for (const word of words) {
      const last = groups.at(-1);
      if (word.axis !== "offset") groups.push({ ...word, hasOffset: false });
      else if (!last || last.hasOffset || last.axis === "any") return null;
      else Object.assign(last, { place: fromEdge(last, word.place), hasOffset: true });
    }
    return groups.length === 2 ? parsePair(groups) : null;
  };

  // Where `object-position` puts a picture, across and down: a fraction of the free room, and
  // pixels more. It is read as CSS means it, whereas upstream takes a lone `top` for a place across,
  // knows no lengths and limits percentages to 0 to 100. What is no position is the middle, the
  // property's initial value.
  const objectPosition = (css) => {
    const words = wordsOf(css).map(parseWord);
    if (words.length === 0 || words.length > 4 || words.includes(null)) return [MIDDLE, MIDDLE];
    return (words.length < 3 ? parsePair(words) : parseFromEdges(words)) ?? [MIDDLE, MIDDLE];
  };

  return { affine, objectFit, objectPosition, translation };
});
