/** A page that keeps more with every frame. */
import { page } from "./project.mjs";

/**
 * A box that moves, and a script that keeps so much at the start and with every frame. What it draws depends
 * on nothing that it keeps.
 *
 * @param {object} options
 * @param {number} options.seconds
 * @param {number} options.mibAFrame
 * @param {number} [options.mibAtStart]
 * @param {boolean} [options.isStepwise] with a transition, for which a page goes through all frames
 * @returns {string}
 */
export function leakingPage({ seconds, mibAFrame, mibAtStart = 0, isStepwise = false }) {
  return page({
    seconds,
    style: isStepwise
      ? "#late { opacity: 0; transition: opacity 1s; } #late.on { opacity: 1; }"
      : "",
    body: '<div id="late">late</div>',
    after: `<script>
      const kept = [];
      const keep = (mib) => {
        const bytes = new Uint8Array(mib * 1024 * 1024);
        // The system gives memory that is written to.
        for (let at = 0; at < bytes.length; at += 4096) bytes[at] = 1;
        kept.push(bytes);
      };
      keep(${mibAtStart});
      addEventListener("hf-seek", ({ detail }) => {
        keep(${mibAFrame});
        document.getElementById("late").classList.toggle("on", ${isStepwise} && detail.time > 0.2);
      });
    </script>`,
  });
}
