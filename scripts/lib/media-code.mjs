/**
 * The number that test clips carry in every frame: a field of black and white cells in the middle
 * of the picture, large enough to survive scaling, JPEG and x264, and read back by averaging.
 *
 *   white n7 n6 n5 n4 n3 n2 black      n: source frame number modulo 256
 *   n1 n0 i3 i2 i1 i0 parity !parity   i: number of the clip, 0 to 15
 *
 * The two references make it readable after opacity, filters and blending as well.
 */

/** Frame numbers wrap here. */
export const FRAME_NUMBERS = 256;
/** Clip numbers are below this. */
export const CLIP_NUMBERS = 16;

const COLUMNS = 8;
const ROWS = 2;
/** Part of the picture's width and height that one cell takes. */
const CELL_WIDTH = 1 / 16;
const CELL_HEIGHT = 1 / 9;
/** Distance of the references, of 255, below which nothing is read. */
const MIN_CONTRAST = 24;
/** Part of that distance which a cell has to be away from the middle. */
const MIN_CLEARANCE = 0.15;

/**
 * The cells of a picture, in reading order.
 * @param {{x: number, y: number, width: number, height: number}} picture where the whole picture
 *   is, in pixels
 * @returns {{x: number, y: number, width: number, height: number}[]} not rounded
 */
export function codeCells({ x, y, width, height }) {
  const [w, h] = [width * CELL_WIDTH, height * CELL_HEIGHT];
  const left = x + (width - COLUMNS * w) / 2;
  const top = y + (height - ROWS * h) / 2;
  return Array.from({ length: COLUMNS * ROWS }, (_, i) => ({
    x: left + (i % COLUMNS) * w,
    y: top + Math.floor(i / COLUMNS) * h,
    width: w,
    height: h,
  }));
}

/**
 * ffmpeg filters that draw the code with the number of the frame that arrives at them.
 * @param {number} width of the picture in pixels
 * @param {number} height
 * @param {number} clip number of the clip
 * @returns {string} for a filter graph
 */
export function codeFilters(width, height, clip) {
  const cells = codeCells({ x: 0, y: 0, width, height });
  const clipBits = [8, 4, 2, 1].map((mask) => ((clip & mask) === 0 ? "0" : "1"));
  const frameBits = [128, 64, 32, 16, 8, 4, 2, 1].map((mask) => `gt(bitand(n,${mask}),0)`);
  const parity = `mod(${[...frameBits, ...clipBits].join("+")},2)`;
  const when = [
    ...["1", ...frameBits.slice(0, 6), "0"],
    ...[...frameBits.slice(6), ...clipBits, parity, `not(${parity})`],
  ];
  const last = cells.at(-1);
  const field = { ...cells[0], width: last.x + last.width - cells[0].x, height: 2 * last.height };
  const white = cells.map((cell, i) => drawBox(cell, "white", when[i]));
  return [drawBox(field, "black", "1"), ...white].join(",");
}

function drawBox({ x, y, width, height }, colour, enable) {
  const [left, top] = [Math.round(x), Math.round(y)];
  const [w, h] = [Math.round(x + width) - left, Math.round(y + height) - top];
  return `drawbox=x=${left}:y=${top}:w=${w}:h=${h}:color=${colour}:t=fill:enable='${enable}'`;
}

/**
 * Reads the code from the brightness of its cells.
 * @param {number[]} levels of the cells in reading order, 0 to 255
 * @returns {{clip: number, frame: number} | undefined} undefined when there is no code
 */
export function readCode(levels) {
  const [white, black] = [levels[0], levels[COLUMNS - 1]];
  if (Math.abs(white - black) < MIN_CONTRAST) return undefined;
  const parts = levels.map((level) => (level - black) / (white - black));
  if (parts.some((part) => Math.abs(part - 0.5) < MIN_CLEARANCE)) return undefined;
  const bits = parts.map((part) => (part > 0.5 ? 1 : 0));
  const number = [...bits.slice(1, 7), ...bits.slice(8, 14)];
  const parity = number.reduce((sum, bit) => sum ^ bit, 0);
  if (bits[14] !== parity || bits[15] === parity) return undefined;
  const value = number.reduce((sum, bit) => sum * 2 + bit, 0);
  return { frame: value >> 4, clip: value & 15 };
}

/**
 * Reads the code from a picture of grey bytes.
 * @param {Uint8Array} grey row by row
 * @param {{width: number, height: number}} size of that picture
 * @param {{x: number, y: number, width: number, height: number}} picture where the clip is in it
 * @returns {{clip: number, frame: number} | undefined}
 */
export function readCodeAt(grey, size, picture) {
  return readCode(codeCells(picture).map((cell) => meanOfMiddle(grey, size, cell)));
}

/** Mean over the inner half of a cell: its borders are blurred by scaling. */
function meanOfMiddle(grey, { width, height }, cell) {
  const clamp = (value, limit) => Math.min(Math.max(Math.round(value), 0), limit - 1);
  const [x0, x1] = [cell.x + cell.width / 4, cell.x + (cell.width * 3) / 4 - 1].map((x) =>
    clamp(x, width),
  );
  const [y0, y1] = [cell.y + cell.height / 4, cell.y + (cell.height * 3) / 4 - 1].map((y) =>
    clamp(y, height),
  );
  let sum = 0;
  let count = 0;
  for (let y = y0; y <= Math.max(y0, y1); y++) {
    for (let x = x0; x <= Math.max(x0, x1); x++) {
      sum += grey[y * width + x];
      count++;
    }
  }
  return sum / count;
}
