// Gets the source frames of an output frame from the frame server, in one answer.
define("fetch", ({ config, clips }) => {
  // Before a script of the page can replace it.
  const fetchOriginal = window.fetch.bind(window);
  // 32-bit words per item: clip number, frame index, kind, width, height, width and height of the
  // whole frame, bytes.
  const HEADER_WORDS = 8;

  // Buffers of earlier answers, which are used again.
  const spares = [];
  const recycle = (buffer) => spares.push(buffer);

  const download = async (query) => {
    const response = await fetchOriginal(`${config.url}?${query}`, { cache: "no-store" });
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

  // The items of an answer by clip number: a count, one header per item, then the pixels of all of
  // them. An item of no length is a frame that the page already holds.
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

  // Frames of the clips in `list` that are due in output frame `frame`, each in the form that its
  // clip wants now. With `skipHeld`, those that stand-ins hold already are not sent again.
  const request = async (frame, list, skipHeld) => {
    const forms = list.map((clip) => [clip, clip.form]);
    const wanted = forms.map(([clip, form]) => `${clip.number}:${form}`).join(",");
    const held = skipHeld
      ? list.filter((clip) => clip.held).map((c) => `${c.number}:${c.held.index}:${c.held.form}`)
      : [];
    const buffer = await download(`n=${frame}&w=${wanted}&h=${held.join(",")}`);
    return { buffer, items: parse(buffer), forms: new Map(forms) };
  };

  let prefetched = null;
  const prefetch = (frame) => {
    const batch = request(frame, clips.all, true);
    // Its failure is reported by the frame that uses it.
    batch.catch(() => undefined);
    prefetched = { frame, batch };
  };

  // The batch of output frame `frame`, which may have been requested before.
  const receive = (frame) => {
    const begun = prefetched;
    prefetched = null;
    if (begun?.frame === frame) return begun.batch;
    begun?.batch.then(({ buffer }) => recycle(buffer)).catch(() => undefined);
    return request(frame, clips.all, true);
  };

  return { request, prefetch, receive, recycle, parse };
});
