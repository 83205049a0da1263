// Source frames: each clip's <video> stays hidden, and a canvas beside it (an image where a script
// of the page reads the pixels through the runtime) shows the frame that is due.
(() => {
  const config = window.__hfNativeClips;
  // Clips belong to the composition's own document.
  if (!config || window !== window.top) return;
  // A page that is only asked something has no address to get frames from, and stays as it is.
  const shows = Boolean(config.url);
  const fetchFrames = window.fetch.bind(window);
  const CLASS = "__render_frame__";
  const GRADED = "data-color-grading";
  const GRADED_SOURCE_HIDDEN = "data-hf-color-grading-source-hidden";
  // What the stand-in takes from its video's computed style; place and size come from its box.
  const LOOKS = [
    "object-fit",
    "object-position",
    "z-index",
    "filter",
    "mix-blend-mode",
    "backdrop-filter",
    "border-width",
    "border-style",
    "border-color",
    "border-radius",
    "overflow",
    "clip-path",
    "mask",
    "mask-image",
    "mask-size",
    "mask-position",
    "mask-repeat",
    "transform",
    "transform-origin",
    "translate",
    "rotate",
    "scale",
  ];
  // The page's own rules are not about an element of ours; these are what they could change of it.
  const NEUTRAL = {
    display: "block",
    float: "none",
    margin: "0",
    padding: "0",
    "min-width": "0",
    "min-height": "0",
    "max-width": "none",
    "max-height": "none",
    background: "none",
    "box-shadow": "none",
    outline: "none",
    transition: "none",
    animation: "none",
  };
  const KIND = { kept: 0, opaque: 1, transparent: 2 };
  const HEADER_WORDS = 8;

  const clips = config.clips.map((source, number) => ({
    id: source.id,
    source,
    number,
    video: null,
    // The element beside the video, and, unless that is an image, the canvas inside it.
    stand: null,
    canvas: null,
    context: null,
    // The frame that the stand-in holds, and in which form: a count of halvings, or "i".
    held: null,
    want: "-",
    size: null,
    url: "",
    texture: false,
    looks: {},
  }));
  const byId = new Map(clips.map((clip) => [clip.id, clip]));
  const byVideo = new WeakMap();
  const idOf = (video) => window.__hfMediaId(video);

  const { stub, present } = window.__hfNativeStubVideo((video) => {
    const clip = byId.get(idOf(video));
    if (!clip) return undefined;
    byVideo.set(video, clip);
    if (shows) hideElement(video);
    return clip.source;
  });

  const videoOf = (clip) => {
    const known = clip.video;
    if (known?.isConnected && idOf(known) === clip.id) return known;
    clip.video = window.__hfMediaEl(clip.id);
    if (clip.video) stub(clip.video);
    return clip.video;
  };

  // No page has rules for a name like this, and what has it may have a shadow tree.
  const CANVAS_STAND = "hf-source-frame";

  // The canvas lies in a shadow tree, where scripts that look for theirs do not find it.
  const withCanvas = (stand) => {
    const canvas = document.createElement("canvas");
    canvas.style.cssText =
      "display: block; width: 100%; height: 100%; object-fit: inherit; object-position: inherit";
    stand.attachShadow({ mode: "closed" }).append(canvas);
    return canvas;
  };

  const standFor = (clip, video, image) => {
    const tag = image ? "img" : CANVAS_STAND;
    const next = video.nextElementSibling;
    if (clip.stand?.localName === tag && clip.stand === next) return clip.stand;
    clip.stand?.remove();
    if (next?.classList.contains(CLASS)) next.remove();
    const stand = document.createElement(tag);
    stand.classList.add(CLASS);
    stand.id = `__render_frame_${clip.id}__`;
    stand.style.pointerEvents = "none";
    stand.style.position = "absolute";
    if (!image)
      for (const [name, value] of Object.entries(NEUTRAL)) stand.style.setProperty(name, value);
    hideElement(stand);
    video.parentNode.insertBefore(stand, video.nextSibling);
    const canvas = image ? null : withCanvas(stand);
    Object.assign(clip, { stand, canvas, context: null, held: null, looks: {} });
    return stand;
  };

  // An inlined composition that is over hides everything in it, whatever its children say.
  const isHiddenByAncestor = (video) => {
    for (let node = video.parentElement; node; node = node.parentElement) {
      if (node === document.documentElement) return false;
      const style = getComputedStyle(node);
      if (style.display === "none") return true;
      if (
        style.visibility === "hidden" &&
        (node.hasAttribute("data-composition-src") || node.hasAttribute("data-composition-file"))
      ) {
        return true;
      }
    }
    return false;
  };

  // In a style sheet, because scripts write into the style of the element whenever they like, also
  // between the last look at a frame and its drawing.
  const HIDDEN = "data-hf-native-hidden";
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`[${HIDDEN}] {
    visibility: hidden !important;
    pointer-events: none !important;
  }`);
  // Pages may set the list anew.
  const adopt = () => {
    if (document.adoptedStyleSheets.includes(sheet)) return;
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  };
  adopt();
  const hideElement = (element) => element.setAttribute(HIDDEN, "");

  const meet = (rect, video) => {
    const box = video.getBoundingClientRect();
    return (
      rect.left < box.right + 1 &&
      rect.right > box.left - 1 &&
      rect.top < box.bottom + 1 &&
      rect.bottom > box.top - 1
    );
  };

  // Elements that are or may be tilted: by their style sheets, looked at once and again where
  // elements come or change their class, by what scripts write into styles, and by running
  // animations.
  const alwaysLookedAt = new Set();
  const restyled = new Set();
  const noteRestyled = (records) => {
    for (const { type, target, addedNodes } of records) {
      if (type === "attributes") restyled.add(target);
      else for (const node of addedNodes) if (node instanceof Element) restyled.add(node);
    }
  };
  const classes = new MutationObserver(noteRestyled);
  let isWatching = false;
  const mayTilt = () => {
    noteRestyled(classes.takeRecords());
    if (!isWatching) {
      isWatching = true;
      restyled.add(document.body);
      const attributes = { attributes: true, attributeFilter: ["class"] };
      classes.observe(document.body, { childList: true, subtree: true, ...attributes });
    }
    for (const changed of restyled) {
      for (const element of [changed, ...changed.querySelectorAll("*")]) {
        const { transform, rotate } = getComputedStyle(element);
        if (transform !== "none" || rotate !== "none") alwaysLookedAt.add(element);
      }
    }
    restyled.clear();
    const found = new Set(alwaysLookedAt);
    const written = '[style*="rotat"], [style*="skew"], [style*="matrix"]';
    for (const element of document.querySelectorAll(written)) found.add(element);
    for (const animation of document.getAnimations?.() ?? []) {
      if (animation.effect?.target) found.add(animation.effect.target);
    }
    return found;
  };

  const tiltedRects = () => {
    const rects = [];
    for (const element of mayTilt()) {
      if (element.classList.contains(CLASS)) continue;
      const rect = element.getBoundingClientRect();
      if (rect.width > 0 && rect.height > 0 && !scaleOf(element).upright) rects.push(rect);
    }
    return rects;
  };

  // All that is read from the layout, before anything of it is changed.
  const measure = (video, tilted) => {
    const style = getComputedStyle(video);
    const rect =
      video.offsetWidth > 0 && video.offsetHeight > 0 ? null : video.getBoundingClientRect();
    const width = rect ? rect.width : video.offsetWidth;
    const height = rect ? rect.height : video.offsetHeight;
    const looks = {};
    for (const name of LOOKS) {
      const value = style.getPropertyValue(name);
      if (value) looks[name] = value;
    }
    const graded = video.hasAttribute(GRADED_SOURCE_HIDDEN);
    const opacity = Number.parseFloat(style.opacity);
    Object.assign(looks, {
      // Its container may be hidden; whether it shows is said by its attribute.
      visibility: "visible",
      inset: "auto",
      left: `${video.offsetLeft || 0}px`,
      top: `${video.offsetTop || 0}px`,
      width: `${width}px`,
      height: `${height}px`,
      "box-sizing": "border-box",
      opacity: graded || Number.isNaN(opacity) ? "1" : String(opacity),
    });
    const scale = scaleOf(video);
    // The runtime's grading reads an image; Chrome samples a tilted image in a way of its own; and
    // as a canvas is a layer to it, what is tilted above one would be drawn with rough edges.
    const image =
      video.hasAttribute(GRADED) || !scale.upright || tilted.some((rect) => meet(rect, video));
    const border = (side) => Number.parseFloat(style[`border${side}Width`]) || 0;
    return {
      width: width - border("Left") - border("Right"),
      height: height - border("Top") - border("Bottom"),
      fit: style.objectFit,
      scale,
      image,
      looks,
    };
  };

  // Puts the stand-in where the video is, looking the same.
  const place = (clip, box) => {
    for (const [name, value] of Object.entries(box.looks)) {
      if (clip.looks[name] === value) continue;
      clip.looks[name] = value;
      clip.stand.style.setProperty(name, value);
    }
  };

  const SKEW = 1e-4;
  // How large a CSS pixel of the element comes out on the screen, along its own axes, and whether
  // its sides stay level and plumb.
  const scaleOf = (element) => {
    let [a, b, c, d] = [1, 0, 0, 1];
    let flat = true;
    for (let node = element; node; node = node.parentElement) {
      const { transform, scale, rotate, zoom, perspective } = getComputedStyle(node);
      flat &&= perspective === "none" || node === element;
      for (const part of [transform, scaleToTransform(scale), rotateToTransform(rotate)]) {
        if (!part || part === "none") continue;
        const m = new DOMMatrix(part);
        flat &&= m.is2D;
        [a, b, c, d] = [m.a * a + m.c * b, m.b * a + m.d * b, m.a * c + m.c * d, m.b * c + m.d * d];
      }
      const factor = Number.parseFloat(zoom);
      if (factor > 0 && factor !== 1) [a, b, c, d] = [a, b, c, d].map((value) => value * factor);
    }
    const largest = Math.max(...[a, b, c, d].map(Math.abs)) * SKEW;
    const small = (value) => Math.abs(value) <= largest;
    const upright = flat && ((small(b) && small(c)) || (small(a) && small(d)));
    return {
      x: Math.hypot(a, b) * devicePixelRatio,
      y: Math.hypot(c, d) * devicePixelRatio,
      upright,
    };
  };
  const scaleToTransform = (scale) =>
    scale && scale !== "none" ? `scale(${scale.split(" ").slice(0, 2).join(",")})` : "";
  // A lone angle turns in the plane; with an axis before it, it is any other turn.
  const rotateToTransform = (rotate) => {
    if (!rotate || rotate === "none") return "";
    return /^-?[\d.e-]+deg$/.test(rotate) ? `rotate(${rotate})` : "rotateX(45deg)";
  };

  // How often Chrome would halve the picture before it draws it: the smaller one is then as good
  // as the whole one.
  const halvings = (clip, box) => {
    if (!clip.size || clip.texture) return 0;
    const { width, height, most } = clip.size;
    let [drawnWidth, drawnHeight] = [box.width, box.height];
    if (box.fit === "contain" || box.fit === "cover") {
      const [wide, high] = [box.width / width, box.height / height];
      const factor = box.fit === "contain" ? Math.min(wide, high) : Math.max(wide, high);
      [drawnWidth, drawnHeight] = [width * factor, height * factor];
    } else if (box.fit !== "fill") {
      return 0;
    }
    const { x, y } = box.scale;
    const shrunk = Math.min(width / (drawnWidth * x), height / (drawnHeight * y));
    if (!(shrunk >= 2)) return 0;
    return Math.min(Math.floor(Math.log2(shrunk) + 1e-6), most);
  };

  const trailingZeros = (value) => 31 - Math.clz32(value & -value);

  const spares = [];
  // Reads a whole answer into a buffer that is used over and over.
  const download = async (query) => {
    const response = await fetchFrames(`${config.url}?${query}`, { cache: "no-store" });
    if (!response.ok) throw new Error(await response.text());
    const length = Number(response.headers.get("content-length"));
    let buffer = spares.pop();
    if (!buffer || buffer.byteLength < length) buffer = new ArrayBuffer(length + (length >> 2));
    const reader = response.body.getReader({ mode: "byob" });
    let filled = 0;
    while (filled < length) {
      const rest = length - filled;
      const { value, done } = await reader.read(new Uint8Array(buffer, filled, rest), {
        min: rest,
      });
      if (value) {
        buffer = value.buffer;
        filled += value.byteLength;
      }
      if (done) break;
    }
    if (filled < length) throw new Error(`source frames: ${filled} of ${length} bytes arrived`);
    void reader.cancel();
    return buffer;
  };

  const parse = (buffer) => {
    const count = new Uint32Array(buffer, 0, 1)[0];
    const words = new Uint32Array(buffer, 4, count * HEADER_WORDS);
    const items = new Map();
    let offset = 4 + count * HEADER_WORDS * 4;
    for (let at = 0; at < words.length; at += HEADER_WORDS) {
      const [number, index, kind, width, height, wholeWidth, wholeHeight, length] = words.subarray(
        at,
        at + HEADER_WORDS,
      );
      items.set(number, { index, kind, width, height, wholeWidth, wholeHeight, offset, length });
      offset += length;
    }
    return items;
  };

  const request = async (frame, list, keep) => {
    const wants = list.map((clip) => [clip, clip.want]);
    const want = wants.map(([clip, form]) => `${clip.number}:${form}`).join(",");
    const have = keep
      ? list.filter((clip) => clip.held).map((c) => `${c.number}:${c.held.index}:${c.held.want}`)
      : [];
    const buffer = await download(`n=${frame}&w=${want}&h=${have.join(",")}`);
    return { buffer, items: parse(buffer), wants: new Map(wants) };
  };

  let ahead = null;
  const receive = (frame) => {
    const begun = ahead;
    ahead = null;
    if (begun?.frame === frame) return begun.batch;
    begun?.batch.then(({ buffer }) => spares.push(buffer)).catch(() => undefined);
    return request(frame, clips, true);
  };

  const learnSize = (clip, { wholeWidth, wholeHeight }) => {
    // Halving straight colours would bleed what is transparent.
    const most = clip.source.transparent
      ? 0
      : Math.min(trailingZeros(wholeWidth), trailingZeros(wholeHeight));
    clip.size = { width: wholeWidth, height: wholeHeight, most };
  };

  // A bitmap file is a header before the pixels: <https://en.wikipedia.org/wiki/BMP_file_format>,
  // version 4, 32 bits with masks, the rows from top to bottom.
  const BITMAP_HEADER = 14 + 108;
  const bitmapHeader = ({ width, height, length, kind }) => {
    const view = new DataView(new ArrayBuffer(BITMAP_HEADER));
    const word = (at, value) => view.setInt32(at, value, true);
    view.setUint16(0, 0x4d42, true);
    word(2, BITMAP_HEADER + length);
    word(10, BITMAP_HEADER);
    word(14, 108);
    word(18, width);
    word(22, -height);
    view.setUint16(26, 1, true);
    view.setUint16(28, 32, true);
    const MASKED = 3;
    word(30, MASKED);
    word(34, length);
    const alpha = kind === KIND.transparent ? 0xff000000 : 0;
    [0xff, 0xff00, 0xff0000, alpha].forEach((mask, i) => {
      word(54 + i * 4, mask);
    });
    // "sRGB"
    word(70, 0x73524742);
    return view;
  };

  const showImage = async (clip, item, pixels) => {
    const url = URL.createObjectURL(new Blob([bitmapHeader(item), pixels], { type: "image/bmp" }));
    const before = clip.url;
    clip.url = url;
    clip.stand.decoding = "sync";
    clip.stand.src = url;
    await clip.stand.decode();
    if (before) URL.revokeObjectURL(before);
  };

  const draw = (clip, item, want, buffer) => {
    clip.held = { index: item.index, want };
    const pixels = new Uint8ClampedArray(buffer, item.offset, item.length);
    if (want === "i") return showImage(clip, item, pixels);
    const { canvas } = clip;
    if (canvas.width !== item.width || canvas.height !== item.height || !clip.context) {
      canvas.width = item.width;
      canvas.height = item.height;
      clip.context ??= canvas.getContext("2d", {
        alpha: item.kind === KIND.transparent,
        willReadFrequently: true,
      });
    }
    clip.context.putImageData(new ImageData(pixels, item.width, item.height), 0, 0);
    return undefined;
  };

  const setSourceVisibility = (video, visible) =>
    window.__hf?.colorGrading?.setSourceVisibility?.(video, visible);

  const hide = (clip, video) => {
    hideElement(video);
    if (clip.stand) hideElement(clip.stand);
    setSourceVisibility(video, false);
  };

  // Draws what `batch` has for the shown clips; those it has in another form are asked for again.
  const drawAll = async (frame, shown, batch) => {
    const pending = [];
    const drawn = new Set();
    const missing = [];
    for (const [clip, box] of shown) {
      const item = batch.items.get(clip.number);
      learnSize(clip, item);
      clip.want = box.image ? "i" : String(halvings(clip, box));
      const kept = clip.held?.index === item.index && clip.held.want === clip.want;
      if (kept) continue;
      drawn.add(clip);
      if (item.length > 0 && batch.wants.get(clip) === clip.want) {
        pending.push(draw(clip, item, clip.want, batch.buffer));
      } else {
        missing.push([clip, box]);
      }
    }
    await Promise.all(pending);
    spares.push(batch.buffer);
    if (missing.length > 0) {
      const again = await request(
        frame,
        missing.map(([clip]) => clip),
        false,
      );
      await Promise.all(
        missing.map(([clip]) => draw(clip, again.items.get(clip.number), clip.want, again.buffer)),
      );
      spares.push(again.buffer);
    }
    return drawn;
  };

  let textures = 0;
  const show = async (frame, time) => {
    const batch = await receive(frame);
    adopt();
    const shown = [];
    const tilted = tiltedRects();
    // What the compile stage left out never shows.
    for (const video of document.querySelectorAll("video[data-start]")) {
      if (!byVideo.has(video) && !window.__hfNativeLayers?.owns(video)) hideElement(video);
    }
    for (const clip of clips) {
      const video = videoOf(clip);
      if (!video) continue;
      if (!batch.items.has(clip.number) || isHiddenByAncestor(video)) {
        hide(clip, video);
        continue;
      }
      shown.push([clip, measure(video, tilted)]);
    }
    for (const [clip, box] of shown) {
      hideElement(clip.video);
      standFor(clip, clip.video, box.image);
      place(clip, box);
    }
    let drawn = await drawAll(frame, shown, batch);
    const tell = () => shown.filter(([clip]) => present(clip.video, drawn.has(clip))).length;
    for (const [clip] of shown) {
      clip.stand.removeAttribute(HIDDEN);
      setSourceVisibility(clip.video, true);
    }
    const grading = window.__hf?.colorGrading;
    // Waiting for its tables, which comes after this, draws what is graded as well.
    if (shown.length > 0 && !grading?.waitForActiveLuts) grading?.redraw?.();
    const before = textures;
    if (tell() + drawn.size === 0) return;
    window.__hfReseekGpu?.(time);
    if (textures > before) {
      // A script took a halved picture for its texture: it gets the whole one, from now on.
      drawn = await drawAll(frame, shown, await request(frame, clips, true));
      if (tell() + drawn.size > 0) window.__hfReseekGpu?.(time);
    }
  };

  if (!shows) return;

  const prefetch = (frame) => {
    const batch = request(frame, clips, true);
    // Whoever needs it hears of its failure; nobody else has to.
    batch.catch(() => undefined);
    ahead = { frame, batch };
  };

  // Canvases exist before the first frame is drawn: adding them later would redo the layers.
  const prepare = () => {
    for (const clip of clips) {
      const video = videoOf(clip);
      if (!video) continue;
      standFor(clip, video, video.hasAttribute(GRADED));
      hideElement(video);
    }
  };
  document.addEventListener("DOMContentLoaded", prepare, { once: true });

  // Scripts that draw from a clip's <video> get its frame.
  const pictureOf = (source) => {
    const clip = byVideo.get(source);
    if (!clip?.held || !clip.stand) return source;
    if (!clip.texture) {
      clip.texture = true;
      textures += 1;
    }
    return clip.canvas ?? clip.stand;
  };
  const lend = (prototype, name) => {
    const original = prototype?.[name];
    if (!original) return;
    prototype[name] = function (...args) {
      return original.apply(
        this,
        args.map((arg) => (arg instanceof HTMLVideoElement ? pictureOf(arg) : arg)),
      );
    };
  };
  lend(window.CanvasRenderingContext2D?.prototype, "drawImage");
  lend(window.CanvasRenderingContext2D?.prototype, "createPattern");
  for (const context of [window.WebGLRenderingContext, window.WebGL2RenderingContext]) {
    lend(context?.prototype, "texImage2D");
    lend(context?.prototype, "texSubImage2D");
    lend(context?.prototype, "texSubImage3D");
  }
  lend(window, "createImageBitmap");

  window.__hfNativeSource = { show, prefetch, prepare };
})();
