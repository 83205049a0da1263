/* The page's own timeline `tl`: the window that is written, the cut to the film, the ruler below. */

const DURATION = 6;
const FPS = 30;
const WRITTEN_BY = 1.55;

/** Wraps every letter in a span so that it can move on its own. */
function splitLetters(row) {
  const text = row.textContent;
  row.textContent = "";
  for (const character of text) {
    const letter = document.createElement("span");
    letter.className = "letter";
    letter.textContent = character;
    row.append(letter);
  }
}
for (const row of document.querySelectorAll("#write .row, #film .row")) splitLetters(row);

/* Markup as coloured bars: [indent, ...[width, colour]]. */
const ink = "rgba(13, 15, 22, 0.78)";
const faint = "rgba(13, 15, 22, 0.18)";
const coral = "#ff5b37";
const iris = "#8a8cff";
const LINES = [
  [0, [92, coral], [150, ink], [110, faint]],
  [1, [70, coral], [210, iris]],
  [2, [70, coral], [120, ink], [160, faint]],
  [2, [290, faint], [90, ink]],
  [2, [170, ink], [130, iris]],
  [1, [70, coral]],
  [1, [110, coral], [180, ink], [90, iris]],
  [2, [230, faint], [120, ink]],
  [0, [92, coral]],
];
const code = document.getElementById("code");
const lines = LINES.map(([indent, ...bars], index) => {
  const line = document.createElement("div");
  line.className = "line";
  line.style.left = `${40 + indent * 44}px`;
  line.style.top = `${104 + index * 49}px`;
  for (const [width, colour] of bars) {
    const bar = document.createElement("i");
    bar.style.width = `${width}px`;
    bar.style.background = colour;
    line.append(bar);
  }
  code.append(line);
  const length = bars.reduce((sum, [width]) => sum + width + 12, 0);
  return { line, left: 40 + indent * 44, top: 97 + index * 49, length };
});

const track = document.querySelector("#ruler .track");
for (let half = 0; half <= DURATION * 2; half++) {
  const tick = document.createElement("div");
  tick.className = half % 2 ? "tick" : "tick major";
  tick.style.left = `${(half / (DURATION * 2)) * 100}%`;
  track.prepend(tick);
}

const tl = gsap.timeline({ paused: true });

/* 1. Write a page. */
tl.from(
  "#write .letter",
  { yPercent: 118, rotation: 7, duration: 0.85, ease: "expo.out", stagger: 0.035 },
  0.1,
);
tl.fromTo(
  "#window",
  { x: 360, y: 130, z: -500, rotationY: -38, rotationX: 10, opacity: 0 },
  { x: 0, y: 0, z: 0, rotationY: -13, rotationX: 4, opacity: 1, duration: 1.1, ease: "expo.out" },
  0.15,
);
tl.to("#window", { rotationY: 0, rotationX: 0, duration: 0.65, ease: "power2.inOut" }, 1.1);

/* The caret runs ahead of the bars it leaves behind. */
const perLine = (WRITTEN_BY - 0.5) / lines.length;
lines.forEach(({ line, left, top, length }, index) => {
  const at = 0.5 + index * perLine;
  tl.set(".caret", { left, top }, at);
  tl.fromTo(
    ".caret",
    { x: 0 },
    { x: length, duration: perLine * 0.9, ease: "none", immediateRender: index === 0 },
    at,
  );
  tl.from(
    line.children,
    { scaleX: 0, duration: perLine * 0.5, ease: "power1.out", stagger: perLine * 0.2 },
    at,
  );
});

/* 2. Get a film: the window opens until it is the whole frame. */
tl.to("#write .letter", { yPercent: -118, duration: 0.45, ease: "power3.in", stagger: 0.015 }, 1.5);
tl.to("#code, .caret, #window .bar", { opacity: 0, duration: 0.2 }, 1.72);
tl.set("#film", { visibility: "visible" }, 1.8);
tl.to(
  "#film",
  { clipPath: "inset(0px 0px 0px 0px round 0px)", duration: 0.75, ease: "expo.inOut" },
  1.8,
);
tl.set("#film", { clipPath: "none" }, 2.58);
tl.to("#ruler", { color: "#0d0f16", duration: 0.2 }, 2.22);
tl.from(
  "#film .letter",
  { yPercent: 118, rotation: 6, duration: 0.8, ease: "expo.out", stagger: 0.03 },
  2.2,
);
tl.to("#film .letter", { yPercent: -118, duration: 0.4, ease: "power3.in", stagger: 0.012 }, 3.6);

/* The ruler counts what is rendered. */
const counter = { frame: 0 };
const frame = document.getElementById("frame");
tl.fromTo("#ruler .fill", { scaleX: 0 }, { scaleX: 1, duration: DURATION, ease: "none" }, 0);
tl.fromTo("#ruler .head", { left: "0%" }, { left: "100%", duration: DURATION, ease: "none" }, 0);
tl.to(
  "#ruler .head",
  { backgroundColor: "#f3eee4", boxShadow: "0 0 0 6px rgba(243, 238, 228, 0.3)", duration: 0.2 },
  4.42,
);
tl.to(
  counter,
  {
    frame: DURATION * FPS,
    duration: DURATION,
    ease: "none",
    onUpdate: () => {
      frame.textContent = String(Math.round(counter.frame)).padStart(3, "0");
    },
  },
  0,
);
