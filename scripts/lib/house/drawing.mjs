/** The picture of the house: rooms in layers, with an arrow to each room that one imports from. */
import dagre from "@dagrejs/dagre";
import { escaped, short, svgFile, svgText } from "../../../dist/bench/svg.js";

const NODE_WIDTH = 158;
const LINE = 13;
/** Characters of a line of a subject, at 10.5 pixels. */
const CHARACTERS = 26;
const MARGIN = 28;
const TITLE = 34;
const LEGEND = [
  "An arrow leads from a room to one that it imports from. It is left out where other arrows lead to the same room:",
  "js/job imports js/base, too. A room imports only what its arrows reach, and not all of that: scripts/lib/rooms.mjs",
  "and scripts/lib/js-folders.mjs say what it may. Every room of src/ may import the ground floor, without arrows.",
];

/**
 * @typedef {object} Floor
 * @property {string} title
 * @property {string} colour of its boxes
 * @property {{ id: string, name: string, subject: string }[]} rooms
 * @property {[string, string][]} arrows from id to id
 */

/**
 * @param {Floor[]} floors from top to bottom
 * @returns {string} a whole SVG file
 */
export function housePicture(floors) {
  const drawn = floors.map((floor) => ({ ...floor, graph: laidOut(floor) }));
  const width = Math.max(...drawn.map(({ graph }) => graph.graph().width)) + 4 * MARGIN;
  const elements = [
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="#64748b"/></marker></defs>',
    svgText(
      MARGIN,
      32,
      "The house: rooms and what they import",
      'font-size="17" font-weight="700"',
    ),
    ...LEGEND.map((line, index) => svgText(MARGIN, 54 + 16 * index, line)),
  ];
  let y = 60 + 16 * LEGEND.length;
  for (const { title, colour, graph } of drawn) {
    const { width: inner, height } = graph.graph();
    const frame = height + TITLE + MARGIN / 2;
    elements.push(
      `<rect x="${MARGIN}" y="${short(y)}" width="${short(width - 2 * MARGIN)}" height="${short(frame)}" rx="8" fill="#f8fafc" stroke="#e2e8f0"/>`,
      svgText(MARGIN + 12, y + 21, title, 'font-size="13" font-weight="700"'),
      `<g transform="translate(${short((width - inner) / 2)} ${short(y + TITLE)})">`,
      ...graph.edges().map((edge) => arrow(edge, graph.edge(edge))),
      ...graph.nodes().map((id) => box(id, graph.node(id), colour)),
      "</g>",
    );
    y += frame + MARGIN;
  }
  return svgFile(Math.ceil(width), Math.ceil(y), elements);
}

/**
 * @param {string} svg
 * @returns {{ rooms: string[], arrows: [string, string][] }} what is drawn in it
 */
export function readPicture(svg) {
  return {
    rooms: [...svg.matchAll(/<g data-room="([^"]+)"/g)].map(([, id]) => id),
    arrows: [...svg.matchAll(/<path data-from="([^"]+)" data-to="([^"]+)"/g)].map(
      ([, from, to]) => [from, to],
    ),
  };
}

function laidOut({ rooms, arrows }) {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 18, ranksep: 32, edgesep: 14 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, name, subject } of rooms) {
    const lines = wrapped(subject);
    graph.setNode(id, { name, lines, width: NODE_WIDTH, height: 28 + LINE * lines.length });
  }
  for (const [from, to] of arrows) graph.setEdge(from, to);
  dagre.layout(graph);
  return graph;
}

function wrapped(text) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line && line.length + word.length >= CHARACTERS) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines;
}

function box(id, { x, y, width, height, name, lines }, colour) {
  const [left, top] = [x - width / 2, y - height / 2];
  return [
    `<g data-room="${escaped(id)}">`,
    `<rect x="${short(left)}" y="${short(top)}" width="${width}" height="${height}" rx="5" fill="#fff" stroke="${colour}" stroke-width="1.4"/>`,
    svgText(x, top + 17, name, 'text-anchor="middle" font-weight="700"'),
    ...lines.map((line, index) =>
      svgText(x, top + 31 + LINE * index, line, 'text-anchor="middle" font-size="10.5"'),
    ),
    "</g>",
  ].join("");
}

/** A curve that goes by the middles between the points of the layout. */
function arrow({ v, w }, { points }) {
  const at = ({ x, y }) => `${short(x)} ${short(y)}`;
  let path = `M${at(points[0])}`;
  for (let index = 1; index < points.length - 1; index++) {
    const [point, next] = [points[index], points[index + 1]];
    const last = index === points.length - 2;
    const end = last ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    path += `Q${at(point)} ${at(end)}`;
  }
  return `<path data-from="${escaped(v)}" data-to="${escaped(w)}" d="${path}" fill="none" stroke="#64748b" stroke-width="1.1" marker-end="url(#tip)"/>`;
}
