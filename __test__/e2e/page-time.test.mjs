/**
 * What a browser runs on its own clock follows the composition's time: CSS transitions and
 * animations that a script starts, SVG's own animations, web animations. Every frame is where a
 * page that is played would have it, whichever worker captures it.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertExit, assertNative } from "./support/expect.mjs";
import { misplaced, pictures, until, writeBars } from "./support/moving-bars.mjs";
import { cli } from "./support/run.mjs";
import { workspace } from "./support/workspace.mjs";

const SECONDS = 2;

/** Renders the page of `ws` without loss. */
async function rendered(ws, workers, env = { HF_NATIVE_LANE: "lossless" }) {
  const file = join(ws.out, `${workers}.mp4`);
  const flags = ["--crf", "0", "--workers", String(workers)];
  const end = await cli(ws, ["render", ws.project, "-o", file, ...flags], { env });
  assertExit(end, 0);
  assertNative(end);
  return file;
}

/** Renders bars by one worker and by three. */
async function assertPlayed(ws, bars, env) {
  writeBars(ws, bars, SECONDS);
  const alone = await rendered(ws, 1, env);
  assert.deepEqual(misplaced(alone, bars), []);
  const shared = await rendered(ws, 3, env);
  assert.deepEqual(misplaced(shared, bars), []);
  assert.equal(pictures(shared), pictures(alone));
}

const slides = (id, rules = "") => `
  #${id} { transition: left 1s linear; ${rules} }
  #${id}.on { left: 200px }`;
const halfBack = (t) => (t <= 1 ? 200 * until(t - 0.5) : Math.max(0, 100 - 200 * (t - 1)));
const thereAndBack = (t) => (t < 1 ? 400 * until(t - 0.5, 0.5) : 200 - 200 * until(t - 1, 0.5));

/** A bar that is a rectangle of SVG. */
const rect = (inside) => `<svg><rect width="20" height="10">${inside}</rect></svg>`;

test("CSS transitions that a class starts", async (t) => {
  await assertPlayed(workspace(t), {
    plain: {
      style: slides("plain"),
      script: `become("plain", "on", 0.5)`,
      at: (t) => 200 * until(t - 0.5),
    },
    delayed: {
      style: slides("delayed", "transition-delay: 0.5s"),
      script: `become("delayed", "on", 0.5)`,
      at: (t) => 200 * until(t - 1),
    },
    reversed: {
      style: slides("reversed"),
      script: `become("reversed", "on", 0.5); become("reversed", "", 1)`,
      at: halfBack,
    },
    interrupted: {
      style: `${slides("interrupted")} #interrupted.far { left: 260px }`,
      script: `become("interrupted", "on", 0.5); become("interrupted", "far", 1)`,
      at: (t) => (t <= 1 ? 200 * until(t - 0.5) : 100 + 160 * until(t - 1)),
    },
    chained: {
      style: `#chained { transition: left 0.5s linear } #chained.on { left: 100px }
        #chained.then { left: 200px }`,
      script: `become("chained", "on", 0.5);
        $("chained").addEventListener("transitionend", () => $("chained").classList.add("then"))`,
      at: (t) => 200 * until(t - 0.5),
    },
    called: {
      style: slides("called"),
      script: `tl.call(() => $("called").classList.add("on"), null, 0.5)`,
      at: (t) => 200 * until(t - 0.5),
    },
    pseudo: {
      style: `#pseudo { background: none }
        #pseudo::before { content: ""; position: absolute; left: 0; width: 20px; height: 10px;
          background: #f00; transition: left 1s linear }
        #pseudo.on::before { left: 200px }`,
      script: `become("pseudo", "on", 0.5)`,
      at: (t) => 200 * until(t - 0.5),
    },
    appearing: {
      style: `#appearing { display: none; left: 200px; transition: left 1s linear }
        #appearing.on { display: block; @starting-style { left: 0 } }`,
      script: `become("appearing", "on", 0.5)`,
      at: (t) => (t < 0.5 ? null : 200 * until(t - 0.5)),
    },
    shadow: {
      style: "#shadow { background: none }",
      script: `
        const tree = $("shadow").attachShadow({ mode: "closed" });
        tree.innerHTML = "<style>i { position: absolute; left: 0; width: 20px; height: 10px; " +
          "background: #f00; transition: left 1s linear } .on { left: 200px }</style><i></i>";
        tl.set(tree.querySelector("i"), { attr: { class: "on" } }, 0.5)`,
      at: (t) => 200 * until(t - 0.5),
    },
  });
});

// No transition is in a style sheet: what is started late is found by chance.
test("animations that a class or a script starts", async (t) => {
  await assertPlayed(workspace(t), {
    filled: {
      style: "#filled.on { animation: go 1s linear forwards }",
      script: `become("filled", "on", 0.5)`,
      at: (t) => 200 * until(t - 0.5),
    },
    unfilled: {
      style: "#unfilled.on { animation: go 1s linear }",
      script: `become("unfilled", "on", 0.5)`,
      at: (t) => (t >= 0.5 && t < 1.5 - 1e-9 ? 200 * (t - 0.5) : 0),
    },
    early: {
      style: "#early.on { animation: go 1s linear -0.5s forwards }",
      script: `become("early", "on", 0.5)`,
      at: (t) => (t < 0.5 ? 0 : 100 + 200 * until(t - 0.5, 0.5)),
    },
    stopped: {
      style: `#stopped.on { animation: go 1s linear forwards }
        #stopped.hold { animation-play-state: paused }`,
      script: `become("stopped", "on", 0.2); become("stopped", "on hold", 0.7);
        become("stopped", "on", 1.2)`,
      at: (t) => 200 * (until(t - 0.2, 0.5) + until(t - 1.2, 0.5)),
    },
    replaced: {
      style: `#replaced { animation: go 1s linear forwards }
        #replaced.on { animation: back 0.5s linear forwards }`,
      script: `become("replaced", "on", 1.5)`,
      at: (t) => (t < 1.5 ? 200 * until(t) : 200 - 200 * until(t - 1.5, 0.5)),
    },
    ended: {
      style: `#ended.on { animation: go 0.5s linear forwards }
        #ended.then { animation: back 0.5s linear forwards }`,
      script: `become("ended", "on", 0.5);
        $("ended").onanimationend = () => $("ended").classList.replace("on", "then")`,
      at: thereAndBack,
    },
    inline: {
      script: `tl.call(() => {
        $("inline").style.transition = "left 1s linear";
        $("inline").style.left = "200px";
      }, null, 0.7)`,
      at: (t) => 200 * until(t - 0.7),
    },
    script: {
      script: `tl.call(() => {
        const frames = [{ left: "0" }, { left: "200px" }];
        $("script").animate(frames, { duration: 1000, fill: "both" }).startTime =
          document.timeline.currentTime + 250;
      }, null, 0.5)`,
      at: (t) => 200 * until(t - 0.75),
    },
    loaded: {
      script: `$("loaded").animate([{ left: "0" }, { left: "200px" }], 1000).startTime =
        document.timeline.currentTime + 500`,
      at: (t) => (t < 1.5 - 1e-9 ? 200 * until(t - 0.5) : 0),
    },
    handlers: {
      script: `
        const move = (from, to) =>
          $("handlers").animate([{ left: from }, { left: to }], { duration: 500, fill: "forwards" });
        tl.call(() => {
          move("0", "100px").onfinish = () =>
            move("100px", "200px").finished.then(() => move("200px", "100px"));
        }, null, 0.2)`,
      at: (t) => (t < 1.2 ? 200 * until(t - 0.2) : 200 - 200 * until(t - 1.2, 0.5)),
    },
    clip: {
      style: "#clip { animation: go 0.5s linear both }",
      body: `<div id="clips" class="clip" data-start="1" data-duration="1">
        <div id="clip" class="bar"></div></div>`,
      at: (t) => (t < 1 ? null : 400 * until(t - 1, 0.5)),
    },
  });
});

test("SVG's own animations", async (t) => {
  await assertPlayed(workspace(t), {
    synced: {
      body: rect(`<animate id="one" attributeName="x" from="0" to="100" dur="0.5s" fill="freeze"/>
        <animate attributeName="x" begin="one.end + 0.2s" from="100" to="200" dur="0.5s"
          fill="freeze"/>`),
      at: (t) => 200 * (until(t, 0.5) + until(t - 0.7, 0.5)),
    },
    nested: {
      body: `<svg>${rect(`<animateTransform attributeName="transform" type="translate" from="0 0"
        to="200 0" dur="1s" begin="0.5s" fill="freeze"/>`)}</svg>`,
      at: (t) => 200 * until(t - 0.5),
    },
    path: {
      body: rect(`<animateMotion path="M 0 0 H 200" dur="1s" begin="0.5s" fill="freeze"/>`),
      at: (t) => 200 * until(t - 0.5),
    },
    clip: {
      body: `<div class="clip" style="position: absolute" id="late" data-start="1"
        data-duration="1">${rect(`<animate attributeName="x" from="0" to="200" dur="1s"/>`)}</div>`,
      at: (t) => (t < 1 ? null : 200 * until(t - 1)),
    },
  });
});

test("SVG's own animations and scripts", async (t) => {
  await assertPlayed(workspace(t), {
    told: {
      body: rect(`<animate id="teller" attributeName="x" from="0" to="100" dur="0.5s"
        fill="freeze"/>`),
      script: `const bar = $("teller").parentNode;
        $("teller").addEventListener("endEvent", () =>
          gsap.set(bar, { attr: { transform: "translate(50 0)" } }))`,
      at: (t) => 200 * until(t, 0.5) + (t < 0.5 - 1e-9 ? 0 : 50),
    },
    added: {
      body: `<svg><rect id="added" width="20" height="10"></rect></svg>`,
      script: `tl.call(() => {
        const animation = document.createElementNS("http://www.w3.org/2000/svg", "animate");
        const values = { attributeName: "x", from: 0, to: 200, dur: "1s", fill: "freeze" };
        for (const [name, value] of Object.entries({ ...values, begin: "indefinite" })) {
          animation.setAttribute(name, value);
        }
        $("added").append(animation);
        animation.beginElement();
      }, null, 0.5)`,
      at: (t) => 200 * until(t - 0.5),
    },
    stopped: {
      body: rect(`<animate id="stopped" attributeName="x" from="0" to="200" dur="1s"
        fill="freeze"/>`),
      script: `const svg = $("stopped").ownerSVGElement;
        tl.call(() => svg.pauseAnimations(), null, 0.4);
        tl.call(() => svg.unpauseAnimations(), null, 1)`,
      at: (t) => 200 * (until(t, 0.4) + until(t - 1, 0.6)),
    },
    driven: {
      body: rect(`<animate id="driven" attributeName="x" from="0" to="200" dur="1s"
        fill="freeze"/>`),
      script: `const svg = $("driven").ownerSVGElement;
        svg.pauseAnimations();
        tl.eventCallback("onUpdate", () => svg.setCurrentTime(tl.time() / 2))`,
      at: (t) => 100 * t,
    },
  });
});

// Nothing here is in a style sheet.
test("timers that a callback sets, and what follows a scroll position", async (t) => {
  await assertPlayed(workspace(t), {
    once: {
      script: `tl.call(() => setTimeout(() => {
        $("once").animate([{ left: "0" }, { left: "200px" }], { duration: 1000, fill: "forwards" });
      }, 250), null, 0.5)`,
      at: (t) => 200 * until(t - 0.75),
    },
    repeated: {
      script: `tl.call(() => {
        let steps = 0;
        const timer = setInterval(() => {
          steps += 1;
          $("repeated").style.left = steps * 40 + "px";
          if (steps === 5) clearInterval(timer);
        }, 210);
      }, null, 0.5)`,
      at: (t) => 40 * Math.min(5, Math.max(0, Math.floor((t - 0.5) / 0.21 + 1e-9))),
    },
    stopped: {
      style: "#stopped.on { animation: go 1s linear forwards }",
      script: `become("stopped", "on", 0.2);
        tl.call(() => $("stopped").getAnimations()[0].pause(), null, 0.7);
        tl.call(() => $("stopped").getAnimations()[0].play(), null, 1.2)`,
      at: (t) => 200 * (until(t - 0.2, 0.5) + until(t - 1.2, 0.5)),
    },
    scrolled: {
      style: `#port { position: absolute; top: 12px; width: 50px; height: 6px; overflow: hidden;
          scroll-timeline: --port block }
        #port i { display: block; height: 206px }
        #scope { timeline-scope: --port }
        #scrolled { animation: go auto linear both; animation-timeline: --port }`,
      body: `<div id="scope"><div id="port"><i></i></div><div id="scrolled" class="bar"></div></div>`,
      script: `tl.to($("port"), { scrollTop: 200, duration: 1, ease: "none" }, 0.5)`,
      at: (t) => 200 * until(t - 0.5),
    },
  });
});

test("view transitions", async (t) => {
  await assertPlayed(workspace(t), {
    view: {
      style: `#view { view-transition-name: bar } #view.on { left: 200px }
        ::view-transition-group(bar) { animation-duration: 0.8s;
          animation-timing-function: linear }
        ::view-transition-old(root), ::view-transition-new(root) { animation: none }`,
      // The frame is waited for by the real clock.
      script: `tl.call(() => {
        document.startViewTransition(async () => {
          await new Promise((done) => setTimeout(done, 30));
          $("view").classList.add("on");
        });
      }, null, 0.5)`,
      at: (t) => (200 * until(t - 0.5, 0.8)) / 0.8,
    },
  });
});

// A page with an iframe is driven, and compared with screenshots.
test("a page within the page", async (t) => {
  const ws = workspace(t);
  writeFileSync(
    join(ws.project, "inner.html"),
    `<!doctype html><style>
      body { margin: 0 } .bar { position: absolute; left: 0; width: 20px; height: 10px;
        background: #f00 }
      @keyframes go { from { left: 0 } to { left: 200px } }
      #slides { transition: left 1s linear } #slides.on { left: 200px }
      #goes { top: 20px; animation: go 1s linear both }
      svg { position: absolute; left: 0; top: 40px; fill: #f00 }
    </style>
    <div id="slides" class="bar"></div><div id="goes" class="bar"></div>
    ${rect(`<animate attributeName="x" from="0" to="200" dur="1s" fill="freeze"/>`)}`,
  );
  const frame = `<iframe src="inner.html" width="320" height="60" style="border: 0"></iframe>`;
  const bars = {
    slides: {
      body: frame,
      script: `tl.call(() => {
        document.querySelector("iframe").contentDocument.getElementById("slides").className =
          "bar on";
      }, null, 0.5)`,
      at: (t) => 200 * until(t - 0.5),
    },
    goes: { body: " ", at: (t) => 200 * until(t) },
    svg: { body: " ", at: (t) => 200 * until(t) },
    outside: {
      style: slides("outside"),
      script: `become("outside", "on", 0.5); become("outside", "", 1)`,
      at: halfBack,
    },
  };
  await assertPlayed(ws, bars);
});
