/** What a composition tries that is somebody else's, and who would notice. */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:http";
import { page } from "./project.mjs";

/** What a page that reads it has read. */
export const SECRET = "a secret of this machine";

/** So long that its page lives until all attempts have ended. */
const TRYING_SECONDS = 8;

/**
 * Another service of this machine: HTTP, WebSocket and a datagram socket on loopback.
 *
 * @param {import("node:test").TestContext} t
 * @returns {Promise<{ port: number, datagrams: number, hits: string[] }>} `hits` lists who came
 */
export async function victim(t) {
  const hits = [];
  const server = createServer(({ method, url }, response) => {
    hits.push(`${method} ${url}`);
    response.writeHead(200, { "access-control-allow-origin": "*" }).end(SECRET);
  });
  server.on("upgrade", ({ url }, socket) => {
    hits.push(`UPGRADE ${url}`);
    socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  const datagrams = createSocket("udp4").on("message", () => hits.push("DATAGRAM"));
  datagrams.bind(0, "127.0.0.1");
  await Promise.all([once(server, "listening"), once(datagrams, "listening")]);
  t.after(() => {
    server.closeAllConnections();
    server.close();
    datagrams.close();
  });
  return { port: server.address().port, datagrams: datagrams.address().port, hits };
}

/**
 * A page that tries everything in `attempts` (functions in the page, by name) before it is ready, and
 * reports by asking its own server for `/report/<name>/<outcome>`, which logs what it does not have.
 *
 * @param {Record<string, string>} attempts expressions
 * @param {Parameters<typeof page>[0]} [options]
 */
export function tryingPage(attempts, { body = "", seconds = TRYING_SECONDS, ...options } = {}) {
  const tries = Object.entries(attempts).map(
    ([name, expression]) => `attempt(${JSON.stringify(name)}, async () => (${expression}))`,
  );
  const script = `
    const limit = (work) => Promise.race([work, new Promise((_, no) => setTimeout(no, 1500, "late"))]);
    const attempt = (name, run) => limit(run()).catch((e) => "refused " + e)
      .then((outcome) => fetch("/report/" + name + "/" + encodeURIComponent(String(outcome).slice(0, 80))));
    Promise.all([${tries.join(",\n")}]);`;
  return page({ ...options, seconds, body: `${body}<script>${script}</script>` });
}

/**
 * The outcomes by name, out of a log.
 *
 * @param {string} log
 * @returns {Record<string, string>}
 */
export function reports(log) {
  const found = {};
  for (const [, name, outcome] of log.matchAll(/404 Not Found: \/report\/([\w-]+)\/(\S*)/g)) {
    found[name] = decodeURIComponent(outcome);
  }
  return found;
}

/** Ways from a page to another service. */
export const waysTo = ({ port, datagrams }) => ({
  fetch: `fetch("http://127.0.0.1:${port}/fetch").then((r) => r.text())`,
  localhost: `fetch("http://localhost:${port}/localhost").then((r) => r.text())`,
  post: `fetch("http://127.0.0.1:${port}/post", { method: "POST", mode: "no-cors", body: "x" }).then(() => "sent")`,
  image: `new Promise((ok, no) => { const i = new Image(); i.onload = i.onerror = () => ok("asked"); i.src = "http://127.0.0.1:${port}/image"; })`,
  frame: `new Promise((ok) => { const f = document.createElement("iframe"); f.onload = () => ok("asked"); f.hidden = true; f.src = "http://127.0.0.1:${port}/frame"; document.body.append(f); })`,
  socket: `new Promise((ok, no) => { const s = new WebSocket("ws://127.0.0.1:${port}/socket"); s.onopen = () => ok("open"); s.onerror = () => no("error"); })`,
  events: `new Promise((ok, no) => { const s = new EventSource("http://127.0.0.1:${port}/events"); s.onopen = () => ok("open"); s.onerror = () => { s.close(); no("error"); }; })`,
  beacon: `navigator.sendBeacon("http://127.0.0.1:${port}/beacon", "x")`,
  window: `String(window.open("http://127.0.0.1:${port}/window"))`,
  webrtc: `(async () => { const p = new RTCPeerConnection({ iceServers: [{ urls: "stun:127.0.0.1:${datagrams}" }] }); p.createDataChannel("x"); await p.setLocalDescription(await p.createOffer()); await new Promise((go) => setTimeout(go, 800)); return "tried"; })()`,
  transport: `(async () => { const w = new WebTransport("https://127.0.0.1:${datagrams}/"); await w.ready; return "open"; })()`,
});

/** Ways from a page to files and windows that no setting opens. */
export const ALWAYS_CLOSED = {
  "file-fetch": `fetch("file:///etc/passwd").then((r) => r.text())`,
  "file-frame": `new Promise((ok, no) => { const f = document.createElement("iframe"); f.hidden = true; f.onload = () => { try { ok(f.contentDocument.body.innerText); } catch (e) { no(e); } }; f.src = "file:///etc/passwd"; document.body.append(f); setTimeout(no, 1000, "nothing"); })`,
  "file-window": `new Promise((ok, no) => { const w = window.open("file:///etc/passwd"); w ? ok("opened") : no("null"); })`,
  climb: `fetch("/%2e%2e/secret.txt").then((r) => r.ok ? r.text() : Promise.reject(r.status))`,
  "climb-encoded": `fetch("/..%2fsecret.txt").then((r) => r.ok ? r.text() : Promise.reject(r.status))`,
  window: `new Promise((ok, no) => { const w = window.open("about:blank"); w ? ok("opened") : no("null"); })`,
  download: `(() => { const a = document.createElement("a"); a.href = "data:application/octet-stream,x"; a.download = "hostile-download.bin"; document.body.append(a); a.click(); return Promise.reject("asked"); })()`,
  picker: `showSaveFilePicker().then(() => "picked")`,
};
