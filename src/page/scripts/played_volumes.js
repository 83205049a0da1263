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

  // Brings the page to an output frame, which begins at a time.
  let moveTo;
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
    const { element } = track;
    if (!element) return null;
    adoptAttribute(track);
    const { muted } = stateOf(element);
    if (element.defaultMuted && muted === undefined) track.untouched += 1;
    const isSilent = track.silent && (muted === undefined || !element.defaultMuted);
    return muted || isSilent ? 0 : gain(Number(element.volume));
  };

  // Gets ready to play for these elements: `id`, and `silent` if nothing is heard of it unless a
  // script unmutes it. Returns whether there is anything to play. A timeline that stands at its
  // beginning writes nothing when it is sought to it: it is taken away from there to `away`, and
  // back, if that is given.
  const begin = async (asked, away) => {
    const driver = window.__hfNative;
    const isQuiet = knowsCommand();
    if (isQuiet) await stopRuntime();
    const seek = isQuiet ? driver.seek : driver.rootSeek();
    if (!seek) return false;
    moveTo = isQuiet ? driver.moveTo : (_frame, time) => seek(time);
    tracks = asked.map((one) => ({ ...one, element: null, text: undefined }));
    tracks.forEach(gainOf);
    if (away !== null) [away, 0].forEach(seek);
    for (const track of tracks) track.untouched = 0;
    return true;
  };

  // The gains of all tracks at each of these output frames, which begin at `times`.
  const play = async (frames, times) => {
    const gains = [];
    for (const [at, frame] of frames.entries()) {
      // What promises of the page do belongs to the frame as well.
      await moveTo(frame, times[at]);
      gains.push(tracks.map(gainOf));
    }
    return gains;
  };

  // Of each track, for how many frames nothing but its markup had muted it, if a script spoke of
  // it later; else 0.
  const mutedFrames = () =>
    tracks.map(({ element, untouched }) =>
      element && stateOf(element).muted !== undefined ? untouched : 0,
    );

  window.__hfNativeVolumes = { begin, play, mutedFrames };
};
