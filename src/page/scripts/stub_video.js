// Stubs a clip's <video>, because the host has its frames: it loads nothing. It gets the size and
// the events that loading would give it, and reports the time it was sought to as if it had frames.
//
// `sourceOf` returns a video's width, height in pixels and duration in seconds, or undefined for a
// video that stays as it is. Returns `stub`, which stubs a video at once; `present`, which runs the
// video frame callbacks of a video whose frame is `fresh`, or that has a callback which was registered
// since the last ones ran; and `showPoster`, which takes the poster that gives a video its size away
// where that `isNeeded` no more, as Chrome draws it for every frame, or brings it back.
window.__hfNativeStubVideo = (sourceOf) => {
  const stubbed = new WeakSet();
  // By video, the video frame callbacks by their handles.
  const waiting = new WeakMap();
  let lastHandle = 0;
  const present = (video, fresh) => {
    const callbacks = waiting.get(video);
    if (!callbacks?.size || !(fresh || callbacks.isNew)) return false;
    const source = sourceOf(video);
    const now = performance.now();
    const frame = {
      presentationTime: now,
      expectedDisplayTime: now,
      width: source.width,
      height: source.height,
      mediaTime: video.currentTime,
      presentedFrames: ++callbacks.presented,
    };
    const due = [...callbacks];
    callbacks.clear();
    for (const [, callback] of due) {
      try {
        callback.call(video, now, frame);
      } catch (error) {
        window.reportError(error);
      }
    }
    // A callback that registers the next one has just seen this frame.
    callbacks.isNew = false;
    return true;
  };
  // A poster of the source's size gives the element the layout that its source would.
  const posterOf = ({ width, height }) => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"/>`;
    return `data:image/svg+xml,${encodeURIComponent(svg)}`;
  };
  // A promise where it has to be decoded first; it counts at once then.
  const showPoster = (video, isNeeded) => {
    if (video.hasAttribute("poster") === isNeeded) return undefined;
    if (!isNeeded) {
      video.removeAttribute("poster");
      return undefined;
    }
    const image = new Image();
    image.src = posterOf(sourceOf(video));
    return image.decode().then(() => {
      video.poster = image.src;
    });
  };
  const stub = (video) => {
    if (stubbed.has(video)) return;
    const source = sourceOf(video);
    if (!source) return;
    stubbed.add(video);
    const { width, height, duration } = source;
    video.preload = "none";
    video.removeAttribute("autoplay");
    video.poster = posterOf(source);
    let time = 0;
    const dispatch = (names) =>
      queueMicrotask(() => {
        for (const name of names) video.dispatchEvent(new Event(name));
      });
    const property = (name, get, set = () => undefined) =>
      Object.defineProperty(video, name, { configurable: true, get, set });
    property(
      "currentTime",
      () => time,
      (value) => {
        time = Number(value) || 0;
        dispatch(["seeking", "timeupdate", "seeked"]);
      },
    );
    property("duration", () => duration);
    property("videoWidth", () => width);
    property("videoHeight", () => height);
    property("preload", () => "auto");
    property("autoplay", () => false);
    property("readyState", () => HTMLMediaElement.HAVE_ENOUGH_DATA);
    property("seeking", () => false);
    const method = (name, value) =>
      Object.defineProperty(video, name, { configurable: true, value });
    method("load", () => undefined);
    method("play", () => Promise.resolve());
    method("pause", () => undefined);
    method("fastSeek", (value) => {
      video.currentTime = value;
    });
    const callbacks = Object.assign(new Map(), { isNew: false, presented: 0 });
    waiting.set(video, callbacks);
    method("requestVideoFrameCallback", (callback) => {
      lastHandle += 1;
      callbacks.set(lastHandle, callback);
      callbacks.isNew = true;
      return lastHandle;
    });
    method("cancelVideoFrameCallback", (handle) => {
      callbacks.delete(handle);
    });
    const loaded = () => dispatch(["loadedmetadata", "loadeddata", "canplay", "canplaythrough"]);
    if (document.readyState === "complete") loaded();
    else window.addEventListener("load", loaded, { once: true });
  };
  new MutationObserver((records) => {
    for (const { type, target, addedNodes } of records) {
      if (type === "attributes") {
        if (!stubbed.has(target)) continue;
        if (target.getAttribute("preload") !== "none") target.setAttribute("preload", "none");
        target.removeAttribute("autoplay");
        continue;
      }
      for (const node of addedNodes) {
        if (node.localName === "video") stub(node);
        else if (node.firstElementChild) node.querySelectorAll("video").forEach(stub);
      }
    }
  }).observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["preload", "autoplay"],
  });
  return { stub, present, showPoster };
};
