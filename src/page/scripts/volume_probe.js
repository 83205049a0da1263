// Plays the timeline through and records how scripts change the volume of audible elements. Times
// are in seconds; `step` lies between samples.
window.__hfNativeVolumes = ({ ids, duration, step, maxGain }) => {
  const seek = window.__hfNative.rootSeek();
  if (!seek) return [];
  const elementOf = (id) =>
    window.__hfMediaEl?.(id) ??
    document.getElementById(id) ??
    document.getElementById(id.replace(/-audio$/, ""));
  const gain = (value) => (Number.isFinite(value) ? Math.max(0, Math.min(maxGain, value)) : 1);
  // A number and nothing else; undefined for all other text.
  const seconds = (text) => {
    const value = text === undefined || text.trim() === "" ? NaN : Number(text);
    return Number.isFinite(value) ? value : undefined;
  };
  const windowOf = ({ start, end, duration: length }) => {
    const from = seconds(start) ?? 0;
    const lasts = seconds(length);
    const until = seconds(end);
    if (lasts !== undefined && lasts > 0) return [from, from + lasts];
    return [from, until !== undefined && until > from ? until : duration];
  };
  const native = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "volume");
  // Runs `work` with a `volume` property that keeps gains above 1, which the mix allows and the
  // element itself refuses.
  const withUnclampedVolume = (element, work) => {
    let authored = Number(native.get.call(element));
    const pass = () => native.set.call(element, Math.max(0, Math.min(1, authored)));
    Object.defineProperty(element, "volume", {
      configurable: true,
      get: () => authored,
      set: (value) => {
        authored = Number(value);
        pass();
      },
    });
    try {
      return work();
    } finally {
      delete element.volume;
      pass();
    }
  };
  const rounded = (value) => Number(value.toFixed(6));
  // Keyframes where the volume changes: the sample before each change, and the change itself.
  const sample = (element, from, until) => {
    const keyframes = [];
    let before;
    for (let t = from; t <= until + 1e-6; t = Math.min(until, t + step)) {
      seek(t);
      const raw = Number(element.volume);
      if (Number.isFinite(raw)) {
        const volume = gain(raw);
        const now = { time: rounded(t), volume: rounded(volume) };
        const last = keyframes.at(-1);
        if (!last || Math.abs(last.volume - volume) > 1e-4) {
          if (last && before && before.time > last.time) keyframes.push(before);
          keyframes.push(now);
        } else if (t === until && now.time > last.time) {
          keyframes.push(now);
        }
        before = now;
      }
      if (t === until) break;
    }
    return keyframes;
  };
  const scripted = [];
  for (const id of ids) {
    const element = elementOf(id);
    if (!(element instanceof HTMLMediaElement)) continue;
    const [start, end] = windowOf(element.dataset);
    const authored = Number.parseFloat(element.dataset.volume ?? "");
    const keyframes = withUnclampedVolume(element, () => {
      if (Number.isFinite(authored)) element.volume = gain(authored);
      return sample(element, Math.max(0, start), Math.min(duration, end));
    });
    const constant = Number.isFinite(authored) ? gain(authored) : 1;
    if (keyframes.some(({ volume }) => Math.abs(volume - constant) > 1e-4)) {
      scripted.push({ id, keyframes });
    }
  }
  seek(0);
  return scripted;
};
