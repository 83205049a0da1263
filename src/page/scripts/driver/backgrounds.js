// Background images that scripts set: Chrome does not wait for their decoding when it draws a frame.
define("backgrounds", () => {
  const URL_TOKEN = /url\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^)"']*))\s*\)/g;
  const decoded = new Set();
  // By element, the value that was looked at last.
  const lastSeen = new WeakMap();

  const urlsIn = (value) =>
    Array.from(value.matchAll(URL_TOKEN), (match) =>
      (match[1] ?? match[2] ?? match[3] ?? "").trim().replace(/\\(.)/g, "$1"),
    ).filter(Boolean);

  // Decodes images that are new since the last call: a promise, or null when there are none.
  const decodeNew = () => {
    const loads = [];
    for (const element of document.querySelectorAll('[style*="background"]')) {
      const value = element.style.backgroundImage;
      if (!value || lastSeen.get(element) === value) continue;
      lastSeen.set(element, value);
      for (const url of urlsIn(value)) {
        if (decoded.has(url)) continue;
        const image = new Image();
        image.src = url;
        loads.push(
          image.decode().then(
            () => decoded.add(url),
            () => lastSeen.delete(element),
          ),
        );
      }
    }
    return loads.length > 0 ? Promise.all(loads) : null;
  };

  return { decodeNew };
});
