// Gets the source frames of an output frame from the frame server, in one answer.
define("fetch", ({ config, clips }) => {
  // Before a script of the page can replace it.
  const fetchOriginal = window.fetch.bind(window);
  // 32-bit words per item: clip number, frame index, kind, width, height, width and height of the
  // whole frame, bytes.
  const HEADER_WORDS = 8;

  // Bytes of the mark at either end of a buffer, by which the host finds it in the memory of this
  // process and puts pictures there itself; answers begin behind the first. The host knows the same
  // number.
  const MARK = 32;
  // Smaller buffers share their memory with others.
  const LEAST_MARKED = 1 << 20;
  const PLACED = 202;
  const randomOriginal = window.crypto?.getRandomValues?.bind(window.crypto);

  // Buffers of earlier answers, which are used again: their memory, the bytes that an answer may
  // have, and the mark's digits.
  const spares = [];
  const recycle = (buffer) => spares.push(buffer);

  const allocate = (length) => {
    const room = length + (length >> 2);
    const memory = new ArrayBuffer(room + 2 * MARK);
    if (room < LEAST_MARKED || !randomOriginal) return { memory, room, mark: "" };
    const bytes = new Uint8Array(memory);
    const mark = randomOriginal(bytes.subarray(0, MARK));
    bytes.copyWithin(room + MARK, 0, MARK);
    return {
      memory,
      room,
      mark: Array.from(mark, (byte) => byte.toString(16).padStart(2, "0")).join(""),
    };
  };

  const download = async (query) => {
    let buffer = spares.pop();
    const offered = buffer?.mark ? `&m=${buffer.mark}:${buffer.room}` : "";
    const response = await fetchOriginal(`${config.url}?${query}${offered}`, { cache: "no-store" });
    if (!response.ok && offered) {
      // Perhaps only its memory could not be written to.
      buffer.mark = "";
      recycle(buffer);
      return download(query);
    }
    if (!response.ok) throw new Error(await response.text());
    if (response.status === PLACED) return buffer;
    const length = Number(response.headers.get("content-length"));
    if (!buffer || buffer.room < length) buffer = allocate(length);
    const reader = response.body.getReader({ mode: "byob" });
    let filled = 0;
    while (filled < length) {
      const rest = length - filled;
      const into = new Uint8Array(buffer.memory, MARK + filled, rest);
      const { value, done } = await reader.read(into, { min: rest });
      if (value) {
        buffer.memory = value.buffer;
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
  const parse = ({ memory }) => {
    const count = new Uint32Array(memory, MARK, 1)[0];
    const words = new Uint32Array(memory, MARK + 4, count * HEADER_WORDS);
    const items = new Map();
    let offset = MARK + 4 + count * HEADER_WORDS * 4;
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
