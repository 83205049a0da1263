// Whether a page can start something that then goes on by itself, as far as its style sheets and
// scripts show.
define("starters", () => {
  // Longer scripts are libraries.
  const LONGEST_SCRIPT = 50_000;
  const STARTS = /\.animate\(|\.beginElement|\.style\.(?:transition|animation)|@keyframes/;

  const isLong = (time) =>
    time !== "" && time.split(",").some((part) => !/^\s*0m?s\s*$/.test(part));

  const uses = (style, property) =>
    // With variables, only the shorthand has a value.
    isLong(style[`${property}Duration`] ?? "") || Boolean(style[property]?.includes("var("));

  // Nothing that is there has this rule, until a script changes a class, say.
  const isWaiting = ({ selectorText = "*" }, tree) => {
    try {
      return !tree.querySelector(selectorText.replace(/::[\w-]+(?:\([^)]*\))?/g, ""));
    } catch {
      return true;
    }
  };

  const rulesOf = (holder) => {
    try {
      return Array.from(holder.cssRules ?? []);
    } catch {
      // Of another origin.
      return [];
    }
  };

  // Whether `test` holds for the style of any rule.
  const anyRule = (rules, test) =>
    rules.some(
      (rule) =>
        (rule.style && test(rule.style, rule)) || anyRule(rulesOf(rule.styleSheet ?? rule), test),
    );

  const anyRuleOf = (tree, test) =>
    anyRule([...tree.styleSheets, ...tree.adoptedStyleSheets].flatMap(rulesOf), test);

  const inTree = (tree) =>
    tree.querySelector('[style*="transition"], [begin*="indefinite"]') !== null ||
    anyRuleOf(
      tree,
      (style, rule) =>
        uses(style, "transition") || (uses(style, "animation") && isWaiting(rule, tree)),
    );

  const inScripts = () =>
    Array.from(document.scripts).some(
      ({ text }) => text.length < LONGEST_SCRIPT && STARTS.test(text),
    );

  // Whether a document in a frame of this one draws in animation frames. Each may go on from the one
  // before. Those of the page itself are a hint of the compile stage.
  const framesDraw = (view) =>
    Array.from(view, (frame) => {
      try {
        return frame.__HF_VIRTUAL_TIME__?.isAwaited?.() || framesDraw(frame);
      } catch {
        // Another origin.
        return false;
      }
    }).some(Boolean);

  // Whether what is shown may depend on when something was started. Where it does not look like
  // that, it is found out when something starts.
  const mayDepend = (trees) => trees.some(inTree) || inScripts() || framesDraw(window);

  return { mayDepend };
});
