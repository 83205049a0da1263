// The shadow tree that Chrome keeps in every <video>. A picture in it is framed, filtered, clipped
// and moved with the video by Chrome itself, and neither the style rules nor the scripts of a page
// meet it. Scripts cannot reach that tree: the host is asked for its root.
define("shadowTrees", () => {
  const ASK = "__hfNativeShadowRoots";
  const ask = window[ASK];
  delete window[ASK];
  // By Chrome's clock, whatever becomes of the page's timers.
  const deadlineIn = AbortSignal.timeout.bind(AbortSignal);
  // For the host's answer; without it a video is like one without a tree.
  const DEADLINE_MS = 5000;

  // By video, the element in its tree that takes pictures; null for a video without one.
  const carriers = new WeakMap();
  // What the host is asked for, by number.
  const questions = new Map();
  let lastQuestion = 0;

  // Chrome lays out and paints only a few elements in a video: one of them is the box for its
  // captions, as large as its content. A video has it once it shows a text track, so it is taken
  // from another video.
  const donorOfBox = () => {
    const donor = document.createElement("video");
    donor.addTextTrack("subtitles").mode = "showing";
    return donor;
  };
  const BOX = "display: block !important; object-fit: inherit; object-position: inherit";
  // A page's `controls` are for viewers.
  const NO_CONTROLS = '[pseudo="-webkit-media-controls"] { display: none !important; }';

  const carrierIn = (root, donorRoot) => {
    const box = donorRoot?.querySelector('[pseudo="-webkit-media-text-track-container"]');
    if (!root || !box) return null;
    box.style.cssText = BOX;
    const style = document.createElement("style");
    style.textContent = NO_CONTROLS;
    root.append(style, box);
    return box;
  };

  const askFor = (videos) =>
    new Promise((resolve) => {
      const number = ++lastQuestion;
      const end = (roots) => {
        if (!questions.delete(number)) return;
        videos.forEach((video, at) => {
          carriers.set(video, carrierIn(roots[2 * at], roots[2 * at + 1]));
        });
        resolve();
      };
      deadlineIn(DEADLINE_MS).addEventListener("abort", () => end([]), { once: true });
      const elements = videos.flatMap((video) => [video, donorOfBox()]);
      questions.set(number, { elements, take: end });
      ask(`__hfNativeSource.questions.get(${number})`);
    });

  // The videos that are being asked for, with the promise of the answer.
  const asked = new WeakMap();
  // A promise until all of `videos` are known; undefined when they are.
  const open = (videos) => {
    const unknown = videos.filter((video) => !carriers.has(video));
    if (unknown.length === 0) return undefined;
    const fresh = unknown.filter((video) => !asked.has(video));
    if (fresh.length > 0) {
      const answer = askFor(fresh);
      for (const video of fresh) asked.set(video, answer);
    }
    return Promise.all(unknown.map((video) => asked.get(video)));
  };

  return { open, questions, carrierOf: (video) => carriers.get(video) ?? null };
});
