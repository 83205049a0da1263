// Whether the page is brought to frames already, so that its time is the composition's.
define("ownership", () => {
  let own = false;
  const take = () => {
    own = true;
  };
  const isOwned = () => {
    if (own || window === window.top) return own;
    try {
      return Boolean(window.top.__hfNative?.ownsTime());
    } catch {
      // Another origin.
      return false;
    }
  };
  // A listener that stops events of Chrome's own.
  const holdBack = (event) => {
    if (event.isTrusted && isOwned()) event.stopImmediatePropagation();
  };
  return { take, isOwned, holdBack };
});
