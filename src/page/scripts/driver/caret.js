// The caret of a focused field blinks at the wall's clock, by the worker's own: it is always shown.
define("caret", () => {
  const sheet = new CSSStyleSheet();
  // Chrome before 140 does not know it.
  sheet.replaceSync(":root { caret-animation: manual !important }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return {};
});
