// Which boxes on the page are tilted. Chrome draws a canvas on a layer of its own, and what is
// tilted above such a layer gets rough edges.
define("tilt", ({ scale, standIn }) => {
  // Elements that a style sheet tilts. They are looked for once in the whole page, then where
  // elements are added or change their class.
  const tiltedByRule = new Set();
  const changed = new Set();
  const noteChanges = (records) => {
    for (const { type, target, addedNodes } of records) {
      if (type === "attributes") changed.add(target);
      else for (const node of addedNodes) if (node instanceof Element) changed.add(node);
    }
  };
  const observer = new MutationObserver(noteChanges);
  let isObserving = false;

  // All elements that may be tilted: by a style sheet, by a style that a script wrote, or by an
  // animation.
  const candidates = () => {
    noteChanges(observer.takeRecords());
    if (!isObserving) {
      isObserving = true;
      changed.add(document.body);
      const attributes = { attributes: true, attributeFilter: ["class"] };
      observer.observe(document.body, { childList: true, subtree: true, ...attributes });
    }
    for (const root of changed) {
      for (const element of [root, ...root.querySelectorAll("*")]) {
        const { transform, rotate } = getComputedStyle(element);
        if (transform !== "none" || rotate !== "none") tiltedByRule.add(element);
      }
    }
    changed.clear();
    const found = new Set(tiltedByRule);
    const styled = '[style*="rotat"], [style*="skew"], [style*="matrix"]';
    for (const element of document.querySelectorAll(styled)) found.add(element);
    for (const animation of document.getAnimations?.() ?? []) {
      if (animation.effect?.target) found.add(animation.effect.target);
    }
    return found;
  };

  // Bounding boxes of what is tilted now; `known` as in `scale.scaleOf`.
  const tiltedRects = (known) => {
    const rects = [];
    for (const element of candidates()) {
      if (element.classList.contains(standIn.CLASS) || scale.scaleOf(element, known).isUpright) {
        continue;
      }
      const rect = element.getBoundingClientRect();
      if (rect.width > 0 && rect.height > 0) rects.push(rect);
    }
    return rects;
  };

  // Whether `rect` and the video's box overlap, or are less than a pixel apart.
  const touches = (rect, video) => {
    const box = video.getBoundingClientRect();
    return (
      rect.left < box.right + 1 &&
      rect.right > box.left - 1 &&
      rect.top < box.bottom + 1 &&
      rect.bottom > box.top - 1
    );
  };

  return { tiltedRects, touches };
});
