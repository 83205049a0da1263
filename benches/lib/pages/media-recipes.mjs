/**
 * What the clips of the video benches show and how they are encoded, as ffmpeg arguments. Ordinary
 * content, not noise: cards with text, slow zooms over a still picture, a filmed-like gradient.
 */

/** Source frames per second of every clip. */
const RATE = 30;

/** Colours of the gradients, taken in turn. */
const PALETTES = [
  ["0x1b2a49", "0x6b3f8a", "0xd98f5c"],
  ["0x0d3b3f", "0x2f7a6b", "0xe8d9a8"],
  ["0x2b1d38", "0x9a3f5b", "0xf0b27a"],
  ["0x12233f", "0x3c6ea5", "0xcfe3f2"],
];

/** Words on the cards, taken in turn. No character that a filter would read. */
const HEADINGS = ["Quarterly review", "Field notes", "What we measured", "Release day"];

/** Where the still picture lies in the Mandelbrot set, taken in turn: real, imaginary, scale. */
const PLACES = [
  [-0.743643, -0.131825, 0.02],
  [-0.1015, -0.9563, 0.03],
  [0.3602, -0.6413, 0.05],
  [-1.2501, -0.0201, 0.04],
];

/**
 * @typedef {object} Clip
 * @property {"card" | "zoom" | "film"} kind
 * @property {number} seed
 * @property {number} width pixels
 * @property {number} height pixels
 * @property {number} seconds a whole number of frames
 * @property {number} [grain] of a film or a card's background; 5 is mild
 * @property {"pq"} [curve] H.265 of ten bits in BT.2020, up to 1000 cd/m2, instead of H.264 in BT.709
 * @property {string[]} rate how the encoder is told what to spend
 * @property {string} preset of the encoder
 */

const pick = (list, seed) => list[(seed + Math.floor(seed / list.length)) % list.length];

/** A gradient of half the size: nobody sees that it was scaled, and it takes a quarter of the time. */
function gradient({ width, height, seed }, { speed, type = "linear", palette }) {
  const colours = palette.map((colour, index) => `c${index}=${colour}`).join(":");
  const size = `s=${width / 2}x${height / 2}:r=${RATE}`;
  return `gradients=${size}:seed=${seed}:n=${palette.length}:speed=${speed}:type=${type}:${colours}`;
}

/** Scales to the clip's size, with grain that is not scaled. */
function enlarge({ width, height, seed, grain = 5 }) {
  return `scale=${width}:${height}:flags=bilinear,noise=alls=${grain}:allf=t:all_seed=${seed}`;
}

/** Text whose lengths are shares of the height. */
function text(words, { height, weight, size, colour = "white", x, y }) {
  const font = `fontfile=inter-latin-${weight}-normal.woff:fontsize=${Math.round(size * height)}`;
  return `drawtext=${font}:fontcolor=${colour}:x='${x}':y='${y}':text='${words}'`;
}

function card(clip) {
  const { height, seed } = clip;
  const at = (share) => Math.round(share * height);
  const line = (words, options) => text(words, { height, ...options });
  const words = [
    line(pick(HEADINGS, seed), {
      weight: 800,
      size: 0.13,
      x: `${at(0.17)}+${at(0.08)}*sin(t/2+${seed})`,
      y: at(0.3),
    }),
    line("What changed and what comes next", {
      weight: 400,
      size: 0.066,
      colour: "0xffe0a0",
      x: at(0.17),
      y: `${at(0.53)}+${at(0.06)}*exp(-2*t)`,
    }),
    line(`part ${seed}  frame %{n}`, { weight: 400, size: 0.05, x: at(0.17), y: at(0.68) }),
  ];
  const panel = `drawbox=x=${at(0.11)}:y=${at(0.22)}:w=${at(1.4)}:h=${at(0.56)}:color=black@0.35:t=fill`;
  const background = gradient(clip, { speed: 0.006, palette: pick(PALETTES, seed) });
  return `${background},${enlarge(clip)},${panel},${words.join(",")}`;
}

function zoom({ width, height, seed, seconds }) {
  const [x, y, scale] = pick(PLACES, seed);
  // What a zoom comes close to has more pixels than are shown; in 4K that only costs time.
  const detail = width > 1920 ? 1 : 1.5;
  const still = `mandelbrot=s=${detail * width}x${detail * height}:r=1:maxiter=300:start_x=${x}:start_y=${y}:start_scale=${scale}:end_scale=${scale},trim=end_frame=1`;
  const frames = Math.round(seconds * RATE);
  const move = `zoompan=z='1+${(0.15 / frames).toFixed(6)}*on':x='(iw-iw/zoom)/2+on*0.8':y='(ih-ih/zoom)/2':d=${frames}:s=${width}x${height}:fps=${RATE}`;
  return `${still},hue=h=${(seed * 70) % 360}:s=0.7,gblur=sigma=${(height / 600).toFixed(2)},${move}`;
}

function film(clip) {
  const scene = gradient(clip, { speed: 0.012, palette: pick(PALETTES, clip.seed + 1) });
  const light = gradient(
    { ...clip, seed: clip.seed + 100 },
    { speed: 0.004, type: "radial", palette: ["0xffe8c0", "0x806040", "0x101820"] },
  );
  // Blended as RGB: in whatever both sources agree on, chroma would be blended like brightness.
  const blend = "[a][b]blend=all_mode=softlight,vignette";
  return `${scene},format=gbrp[a];${light},format=gbrp[b];${blend},${enlarge(clip)}`;
}

const PICTURES = { card, zoom, film };

const sdrTags = ["-color_primaries", "bt709", "-color_trc", "bt709"];
const pqTags = ["-color_primaries", "bt2020", "-color_trc", "smpte2084"];

/** Pixels, tags and encoder of a clip, by its curve. */
const FORMS = {
  sdr: {
    filter: "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
    tags: ["-color_range", "tv", "-colorspace", "bt709", ...sdrTags],
    codec: "libx264",
    // A fixed count: what x264 decides depends on it, and so does the file.
    options: ["-profile:v", "high", "-threads", "2"],
  },
  pq: {
    // Three quarters of the signal are 1000 cd/m2.
    filter:
      "format=gbrp,lutrgb=r=val*0.75:g=val*0.75:b=val*0.75,scale=out_color_matrix=bt2020:out_range=tv,format=yuv420p10le",
    tags: ["-color_range", "tv", "-colorspace", "bt2020nc", ...pqTags],
    codec: "libx265",
    options: ["-tag:v", "hvc1", "-x265-params", "log-level=error:frame-threads=1:pools=2"],
  },
};

/**
 * Arguments that make a clip: H.264 high profile, BT.709 and tagged so, or what its curve asks for;
 * no sound, the same bytes each time. To run where the fonts of `@fontsource/inter` lie.
 * @param {Clip} clip
 * @param {string} output absolute
 */
export function clipArgs(clip, output) {
  const picture = PICTURES[clip.kind];
  if (!picture) {
    throw new Error(`clip kind "${clip.kind}"; use ${Object.keys(PICTURES).join(", ")}`);
  }
  const { filter, tags, codec, options } = FORMS[clip.curve ?? "sdr"];
  return [
    ...["-v", "error", "-y", "-filter_complex", `${picture(clip)},${filter}`],
    ...["-frames:v", String(Math.round(clip.seconds * RATE)), "-an"],
    ...["-c:v", codec, "-preset", clip.preset, ...options],
    ...["-g", String(3 * RATE), ...clip.rate, ...tags],
    ...["-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart", output],
  ];
}

/**
 * Arguments that join finished clips without encoding again.
 * @param {string} list a file for ffmpeg's concat reader
 * @param {string} output absolute
 */
export function joinArgs(list, output) {
  const bits = ["-map_metadata", "-1", "-fflags", "+bitexact", "-movflags", "+faststart"];
  return [
    ...["-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", list],
    ...["-c", "copy", ...bits, output],
  ];
}

const divisor = (a, b) => (b === 0 ? a : divisor(b, a % b));

/**
 * Distinct sequences of three out of `pool` clips.
 * @param {number} pool
 * @param {number} count
 * @returns {number[][]} none with the same clip twice; neighbours begin with different clips
 * @throws {RangeError} when there are not that many
 */
export function sequencesOfThree(pool, count) {
  const all = [];
  for (let a = 0; a < pool; a++) {
    for (let b = 0; b < pool; b++) {
      for (let c = 0; c < pool; c++) if (a !== b && b !== c && a !== c) all.push([a, b, c]);
    }
  }
  if (count > all.length) {
    throw new RangeError(`${count} sequences of ${pool} clips; there are ${all.length}`);
  }
  // Further than all that begin alike, and without a common divisor: reaches every one.
  let stride = all.length / pool + 1;
  while (divisor(stride, all.length) > 1) stride++;
  return Array.from({ length: count }, (_, index) => all[(index * stride) % all.length]);
}
