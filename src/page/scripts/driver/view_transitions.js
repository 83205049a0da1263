// View transitions of the page. Chrome takes their pictures when it draws, so while one is under way
// every frame is drawn, also those that are not shown.
define("viewTransitions", () => {
  // How long the page's change of a view transition is awaited, real milliseconds.
  const CHANGE_MS = 2000;
  const { startViewTransition } = Document.prototype;
  // By Chrome's clock, whatever becomes of the page's timers.
  const deadlineIn = AbortSignal.timeout.bind(AbortSignal);
  const active = new Set();
  let begun = 0;

  if (startViewTransition) {
    Document.prototype.startViewTransition = function (...options) {
      const transition = startViewTransition.apply(this, options);
      const entry = { hasChanged: false, transition };
      const changed = () => {
        entry.hasChanged = true;
      };
      const end = () => active.delete(entry);
      active.add(entry);
      begun += 1;
      transition.updateCallbackDone.then(changed, changed);
      transition.finished.then(end, end);
      return transition;
    };
  }

  // Waits until the page has made the changes whose old picture was drawn.
  const changes = () => {
    const awaited = Array.from(active).filter(({ hasChanged }) => !hasChanged);
    if (awaited.length === 0) return undefined;
    const done = awaited.map(({ transition }) => transition.updateCallbackDone.catch(() => null));
    return Promise.race([
      Promise.all(done),
      new Promise((resolve) => {
        deadlineIn(CHANGE_MS).addEventListener("abort", resolve, { once: true });
      }),
    ]);
  };

  return { areActive: () => active.size > 0, begun: () => begun, changes };
});
