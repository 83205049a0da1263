// Attributes as they were when the page was opened, so that it can be played from its beginning
// again: timelines take back what they set themselves, but not what handlers have set.
define("opening", () => {
  // By element, by attribute, the value that it had.
  const values = new Map();
  let observer;

  const note = (changes) => {
    for (const { target, attributeName, oldValue } of changes) {
      const known = values.get(target) ?? new Map();
      values.set(target, known);
      if (!known.has(attributeName)) known.set(attributeName, oldValue);
    }
  };

  // From now on, changes in `trees` are noted.
  const watch = (trees) => {
    observer = new MutationObserver(note);
    const options = { attributes: true, attributeOldValue: true, subtree: true };
    for (const tree of trees) observer.observe(tree, options);
  };

  const restore = () => {
    if (!observer) return;
    note(observer.takeRecords());
    for (const [element, known] of values) {
      for (const [name, value] of known) {
        if (element.getAttribute(name) === value) continue;
        if (value === null) element.removeAttribute(name);
        else element.setAttribute(name, value);
      }
    }
    observer.takeRecords();
  };

  return { watch, restore };
});
