// Clips whose frames the host has: the page's own <video> loads nothing. It is told what loading
// would tell, has the size that its source would give it, and answers as if it stood where it was
// sent. `sourceOf` gives a video's width, height and duration, or nothing for one that is left as
// it is; of what is returned, `stub` stubs a video at once, and `present` tells its scripts that a
// frame of it is there, if it is `fresh` or they did not hear of one yet.
window.__hfNativeStubVideo = (sourceOf) => {
  const stubbed = new WeakSet();
  const waiting = new WeakMap();
  let handle = 0;
  const present = (video, fresh) => {
    const callbacks = waiting.get(video);
    if (!callbacks?.size || !(fresh || callbacks.unheard)) return false;
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
    // Who asks again within its call has heard.
    callbacks.unheard = false;
    return true;
  };
  const stub = (video) => {
    if (stubbed.has(video)) return;
    const source = sourceOf(video);
    if (!source) return;
    stubbed.add(video);
    const { width, height, duration } = source;
    video.preload = "none";
    video.removeAttribute("autoplay");
    // A poster of the source's size gives the element the layout that its source would.
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"/>`;
    video.poster = `data:image/svg+xml,${encodeURIComponent(svg)}`;
    let time = 0;
    const tell = (names) =>
      queueMicrotask(() => {
        for (const name of names) video.dispatchEvent(new Event(name));
      });
    const own = (name, get, set = () => undefined) =>
      Object.defineProperty(video, name, { configurable: true, get, set });
    own(
      "currentTime",
      () => time,
      (value) => {
        time = Number(value) || 0;
        tell(["seeking", "timeupdate", "seeked"]);
      },
    );
    own("duration", () => duration);
    own("videoWidth", () => width);
    own("videoHeight", () => height);
    own("preload", () => "auto");
    own("autoplay", () => false);
    own("readyState", () => HTMLMediaElement.HAVE_ENOUGH_DATA);
    own("seeking", () => false);
    const method = (name, value) =>
      Object.defineProperty(video, name, { configurable: true, value });
    method("load", () => undefined);
    method("play", () => Promise.resolve());
    method("pause", () => undefined);
    method("fastSeek", (value) => {
      video.currentTime = value;
    });
    const callbacks = Object.assign(new Map(), { unheard: false, presented: 0 });
    waiting.set(video, callbacks);
    method("requestVideoFrameCallback", (callback) => {
      handle += 1;
      callbacks.set(handle, callback);
      callbacks.unheard = true;
      return handle;
    });
    method("cancelVideoFrameCallback", (given) => {
      callbacks.delete(given);
    });
    const loaded = () => tell(["loadedmetadata", "loadeddata", "canplay", "canplaythrough"]);
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
  return { stub, present };
};
