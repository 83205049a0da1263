// What CSS paints above two scenes, and what below them (CSS 2.2, appendix E).
define("paintingOrder", ({ transitions }) => {
  // A stacking context paints negative z-indexes first, then what is in the flow, then everything
  // else by z-index. In-flow content gets a level between -1 and 0.
  const IN_FLOW = -0.5;
  // Properties that make a stacking context, with the value that does not.
  const SETS_CONTEXT = {
    opacity: "1",
    transform: "none",
    translate: "none",
    rotate: "none",
    scale: "none",
    filter: "none",
    backdropFilter: "none",
    perspective: "none",
    clipPath: "none",
    maskImage: "none",
    mixBlendMode: "normal",
    isolation: "auto",
  };
  const NOT_PAINTED = /^(?:SCRIPT|STYLE|LINK|META|TEMPLATE|HEAD)$/;

  // Whether an element is painted as one piece at a level of its own. `parent` is its parent's
  // `display`.
  const isAtomic = (style, parent) =>
    style.position !== "static" ||
    Object.entries(SETS_CONTEXT).some(([key, plain]) => (style[key] ?? plain) !== plain) ||
    /transform|opacity|filter/.test(style.willChange) ||
    (style.zIndex !== "auto" && /flex|grid/.test(parent));
  const levelOf = (style) => {
    const z = Number.parseInt(style.zIndex, 10);
    return Number.isNaN(z) ? 0 : z;
  };
  const displayOf = (element) => (element ? getComputedStyle(element).display : "");

  // The level at which `scene` is painted within the parent of `child`, its ancestor or itself.
  const levelBelow = (child, scene) => {
    const path = [];
    for (let element = scene; element !== child; element = element.parentElement) {
      path.push(element);
    }
    for (const element of [child, ...path.reverse()]) {
      const style = getComputedStyle(element);
      if (isAtomic(style, displayOf(element.parentElement))) return levelOf(style);
    }
    return IN_FLOW;
  };

  const isAfter = (element, other) =>
    Boolean(other.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING);

  // Whether an element at `level` is painted after each of the scenes. These are given as their
  // levels and the siblings of the element that they are in.
  const isAboveAll = (level, element, scenes) =>
    scenes.every((scene) =>
      level === scene.level ? isAfter(element, scene.child) : level > scene.level,
    );

  // Adds `element` to `above` or `below`; true when it or something in it is above.
  const place = (element, scenes, { above, below }) => {
    if (NOT_PAINTED.test(element.tagName)) return false;
    const style = getComputedStyle(element);
    if (style.display === "none") return false;
    if (isAtomic(style, displayOf(element.parentElement))) {
      const isAbove = isAboveAll(levelOf(style), element, scenes);
      (isAbove ? above : below).push({ element, whole: true });
      return isAbove;
    }
    if (isAboveAll(IN_FLOW, element, scenes)) {
      above.push({ element, whole: true });
      return true;
    }
    const entry = { element, whole: true };
    below.push(entry);
    // The element is below, but elements in it may have levels above the scenes.
    for (const child of element.children) {
      if (place(child, scenes, { above, below })) entry.whole = false;
    }
    return !entry.whole;
  };

  // The pseudo-elements of `parent`, and whether they are above the scenes.
  const placePseudos = (parent, scenes) => {
    const found = [];
    for (const which of ["before", "after"]) {
      const style = getComputedStyle(parent, `::${which}`);
      if (style.content === "none" || style.content === "normal") continue;
      const level = isAtomic(style, displayOf(parent)) ? levelOf(style) : IN_FLOW;
      const isAbove = which === "after" ? (a, b) => a >= b : (a, b) => a > b;
      found.push({ parent, which, isAbove: scenes.every((scene) => isAbove(level, scene.level)) });
    }
    return found;
  };

  // The elements that show a scene which is a clip itself: its source frame's stand-in, or its
  // graded picture.
  const standInsOf = (scene) => {
    if (scene.localName !== "video") return [];
    const id = window.__hfMediaId(scene);
    return [`__render_frame_${id}__`, `__hf_color_grading_${id}`]
      .map((standIn) => document.getElementById(standIn))
      .filter(Boolean);
  };

  // Sorts everything that is neither a scene nor an ancestor of `scenes`. `ancestors` are those;
  // `whole` is false for an element below the scenes that has parts above them.
  const sort = (scenes) => {
    const ancestors = new Set();
    for (const scene of scenes) {
      for (let at = scene.parentElement; at; at = at.parentElement) ancestors.add(at);
    }
    const skipped = new Set(
      transitions.sceneElements().flatMap((scene) => [scene, ...standInsOf(scene)]),
    );
    const sorted = { ancestors, above: [], below: [], pseudos: [] };
    for (const parent of ancestors) {
      const scenesHere = scenes.flatMap((scene) => {
        let child = scene;
        while (child && child.parentElement !== parent) child = child.parentElement;
        return child ? [{ child, level: levelBelow(child, scene) }] : [];
      });
      for (const child of parent.children) {
        if (!ancestors.has(child) && !skipped.has(child)) place(child, scenesHere, sorted);
      }
      sorted.pseudos.push(...placePseudos(parent, scenesHere));
    }
    return sorted;
  };

  return { sort, standInsOf };
});
