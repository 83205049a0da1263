/**
 * Pictures for comparing transitions: rgb48, little-endian, made with integers only, so that they
 * are the same everywhere. `noise` shows every error of a reading position at its largest; `scene`
 * is eight-bit content, as a captured page is.
 */

/** @typedef {{ from: Buffer, to: Buffer }} Pair */

/** @type {Record<string, (width: number, height: number) => Pair>} */
export const PAIRS = {
  noise: (width, height) => ({
    from: picture(width, height, (x, y, k) => scrambled(x, y, k + 1)),
    to: picture(width, height, (x, y, k) => scrambled(x, y, k + 101)),
  }),
  scene: (width, height) => ({
    from: picture(width, height, (x, y, k) => 257 * tiles(x, y, k, width, height)),
    to: picture(width, height, (x, y, k) => 257 * rings(x, y, k, width, height)),
  }),
};

function picture(width, height, sample) {
  const samples = new Uint16Array(width * height * 3);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let k = 0; k < 3; k++) samples[at++] = sample(x, y, k);
    }
  }
  return Buffer.from(samples.buffer);
}

/** White noise: the coordinates, mixed as MurmurHash3 ends. */
function scrambled(x, y, seed) {
  let h = Math.imul(x, 0x1b873593) ^ Math.imul(y + 1, 0xcc9e2d51) ^ Math.imul(seed, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) & 0xffff;
}

/** Slopes of red and green under blue tiles with hard edges. */
function tiles(x, y, k, width, height) {
  if (k === 0) return Math.floor((255 * x) / width);
  if (k === 1) return Math.floor((255 * y) / height);
  return ((x >> 4) + (y >> 4)) & 1 ? 230 : 25;
}

/** Squared-distance rings, dense towards the rim, on a falling slope. */
function rings(x, y, k, width, height) {
  const [dx, dy] = [2 * x - width, 2 * y - height];
  if (k === 2) return 255 - Math.floor((255 * (x + y)) / (width + height));
  return ((dx * dx + dy * dy) >> (8 + k)) & 1 ? 200 : 60;
}
