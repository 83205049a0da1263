/** Four hundred words, each letter an element that enters by itself. */
import { compositionHtml, FPS, randoms } from "../../lib/pages/project.mjs";

const WORDS = 400;
const VOCABULARY =
  "frame light colour river motion signal garden winter paper engine window silver thunder quiet orbit lantern velvet harbour meadow copper".split(
    " ",
  );

/**
 * @param {{frames: number}} options at 30 frames per second
 * @returns {string} HTML
 */
export function textPage({ frames }) {
  const seconds = frames / FPS;
  const random = randoms(141421);
  const words = Array.from({ length: WORDS }, () => {
    const word = VOCABULARY[Math.floor(random() * VOCABULARY.length)];
    const letters = [...word].map((letter) => `<i>${letter}</i>`).join("");
    return `<span>${letters}</span>`;
  });
  return compositionHtml({
    title: "Text bench page",
    seconds,
    width: 1920,
    height: 1080,
    background: "#11131c",
    css: `      #text { position: absolute; left: 80px; top: 60px; width: 1760px; font-size: 34px; line-height: 1.42; }
      #text span { display: inline-block; margin-right: 12px; white-space: nowrap; }
      #text i { display: inline-block; font-style: normal; }`,
    body: `      <div id="text">${words.join(" ")}</div>`,
    script: `      const letters = document.querySelectorAll("#text i");
      tl.from(letters, { y: 24, rotation: 25, opacity: 0, duration: ${seconds / 3}, stagger: { amount: ${seconds / 2} }, ease: "back.out" }, 0);
      tl.to(letters, { color: "#ffd166", duration: ${seconds / 6}, stagger: { amount: ${seconds / 6} } }, ${(seconds * 2) / 3});`,
  });
}
