// Keeps what scripts of the page write to `volume` and `muted` of media elements, and reads it at
// times of the composition. Runs before all scripts of a page that is played and never captured.
// Times are in seconds.
window.__hfNativeKeepVolumes = ({ maxGain }) => {
  const { prototype } = HTMLMediaElement;
  // By element: `volume` as it was written last, which may be above 1 (the mix allows it and the
  // element refuses it), and `muted` if any script wrote it.
  const written = new WeakMap();
  const stateOf = (element) => {
    if (!written.has(element)) written.set(element, {});
    return written.get(element);
  };
  const gain = (value) => (Number.isFinite(value) ? Math.max(0, Math.min(maxGain, value)) : 1);

  const nativeVolume = Object.getOwnPropertyDescriptor(prototype, "volume");
  Object.defineProperty(prototype, "volume", {
    ...nativeVolume,
    get() {
      return stateOf(this).volume ?? nativeVolume.get.call(this);
    },
    set(value) {
      const volume = Number(value);
      // What is no number is refused by the element itself.
      nativeVolume.set.call(this, Math.max(0, Math.min(1, volume)));
      stateOf(this).volume = volume;
    },
  });
  const nativeMuted = Object.getOwnPropertyDescriptor(prototype, "muted");
  Object.defineProperty(prototype, "muted", {
    ...nativeMuted,
    set(value) {
      nativeMuted.set.call(this, value);
      stateOf(this).muted = Boolean(value);
    },
  });

  // The runtime writes volumes of its own with each seek: fades, the volume of the player. It has a
  // command that stops this. Older runtimes do not know it; there the timeline alone is sought.
  const COMMAND = "set-native-media-sync-disabled";
  const knowsCommand = () =>
    Array.from(document.scripts).some(({ text }) => text.includes(COMMAND));
  const stopRuntime = () =>
    new Promise((resolve) => {
      const command = { source: "hf-parent", type: "control", action: COMMAND, disabled: true };
      const done = ({ data }) => {
        if (data?.action !== COMMAND) return;
        window.removeEventListener("message", done);
        resolve();
      };
      // Listeners are called in their order, and the runtime's was there before.
      window.addEventListener("message", done);
      window.postMessage(command, "*");
    });

  const elementOf = (id) => {
    const element = window.__hfMediaEl(id) ?? document.getElementById(id.replace(/-audio$/, ""));
    return element instanceof HTMLMediaElement ? element : null;
  };

  let seek;
  let tracks = [];

  // Puts the volume that the markup has into the element, unless it stands there since the last
  // look: scripts and timelines may change the attribute as well.
  const adoptAttribute = (track) => {
    const text = track.element.dataset.volume;
    if (track.text === text) return;
    track.text = text;
    const value = Number.parseFloat(text ?? "");
    if (Number.isFinite(value)) track.element.volume = gain(value);
  };

  // The gain of a track now; null while it has no element.
  const gainOf = (track) => {
    if (!track.element?.isConnected) {
      const element = elementOf(track.id);
      if (element !== track.element) Object.assign(track, { element, text: undefined });
    }
    if (!track.element) return null;
    adoptAttribute(track);
    return stateOf(track.element).muted ? 0 : gain(Number(track.element.volume));
  };

  // Gets ready to play for the elements of these ids.
  const begin = async (ids) => {
    const isQuiet = knowsCommand();
    if (isQuiet) await stopRuntime();
    seek = isQuiet ? window.__hfNative.seek : window.__hfNative.rootSeek();
    tracks = ids.map((id) => ({ id, element: null, text: undefined }));
    tracks.forEach(gainOf);
    return Boolean(seek);
  };

  // The gains of all tracks at each of these times.
  const play = (times) =>
    times.map((time) => {
      seek(time);
      return tracks.map(gainOf);
    });

  window.__hfNativeVolumes = { begin, play };
};
