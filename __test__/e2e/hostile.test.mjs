/** Compositions that are somebody else's: what they can reach, and what they cannot. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { assertClean } from "./support/expect.mjs";
import { ALWAYS_CLOSED, reports, SECRET, tryingPage, victim, waysTo } from "./support/hostile.mjs";
import { video } from "./support/html.mjs";
import { browsersOf, encoding, pagesOf, processesOf } from "./support/processes.mjs";
import { LONG_SECONDS, page, writeProject } from "./support/project.mjs";
import { facade, startFacade } from "./support/run.mjs";
import { near, pixelOverTime } from "./support/scenes.mjs";
import { workspace } from "./support/workspace.mjs";

const GREEN = [32, 176, 64];
const isRoot = process.getuid?.() === 0;
/** Starts a program as a user without any rights. */
const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

const readText = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Ended meanwhile.
    return "";
  }
};
const write = (ws, html) => writeFileSync(join(ws.project, "index.html"), html);
const film = (path, ...args) =>
  execFileSync("ffmpeg", [
    ...["-v", "error", "-f", "lavfi", "-i", "color=0x20b040:s=64x64:r=30:d=1"],
    ...["-pix_fmt", "yuv420p", ...args, path],
  ]);
const clip = (src) =>
  video("clip", src, {
    style: "position: absolute; top: 0; left: 0; width: 64px; height: 64px",
    ...{ "data-start": 0, "data-duration": 0.2 },
  });
const render = (ws, options = {}, env = {}) => {
  const outputPath = join(ws.out, "film.mp4");
  const all = { projectDir: ws.project, outputPath, quality: "draft", workers: 1, ...options };
  return facade(ws, { options: all }, { env });
};

describe("the network", { concurrency: 2 }, () => {
  test("without limits a page reaches other services, as in a browser", async (t) => {
    const ws = workspace(t);
    const other = await victim(t);
    write(ws, tryingPage(waysTo(other)));
    const { result, error, process: end } = await render(ws);
    assert.ok(result, error?.message);
    assert.equal(reports(end.text).fetch, SECRET);
    const ways = ["GET /fetch", "GET /localhost", "POST /post", "GET /image", "GET /frame"];
    for (const way of [...ways, "UPGRADE /socket", "GET /events", "DATAGRAM"]) {
      assert.ok(other.hits.includes(way), `${way} of ${other.hits}`);
    }
    assert.ok(!other.hits.includes("GET /window"), "no windows are opened");
  });

  for (const pageNetwork of ["public", "none"]) {
    test(`${pageNetwork}: nothing of this machine but the render's own servers`, async (t) => {
      const ws = workspace(t);
      const other = await victim(t);
      film(join(ws.project, "clip.mp4"));
      const options = { body: clip("clip.mp4") };
      write(ws, tryingPage(waysTo(other), options));
      const { result, error, process: end } = await render(ws, { pageNetwork });
      assert.ok(result, error?.message);
      assert.deepEqual(other.hits, []);
      assert.match(end.text, new RegExp(`may not reach 127\\.0\\.0\\.1:${other.port}`));
      const outcomes = reports(end.text);
      assert.match(outcomes.fetch, /^refused TypeError/);
      assert.match(outcomes.socket, /^refused/);
      // Source frames come from a server of our own.
      const colour = pixelOverTime(join(ws.out, "film.mp4"), 32, 32).at(0);
      assert.ok(near(colour, GREEN, 16), `${colour}`);
      await assertClean(ws);
    });
  }

  test("the compile stage fetches nothing that the page may not", async (t) => {
    const ws = workspace(t);
    const other = await victim(t);
    const script = `<script src="http://127.0.0.1:${other.port}/script.js"></script>`;
    write(ws, page({ seconds: 0.1, body: script }));
    await render(ws, { pageNetwork: "public" });
    assert.deepEqual(other.hits, []);
    await render(ws);
    assert.ok(other.hits.includes("GET /script.js"), `${other.hits}`);
  });

  test("a word that is not known closes nothing and is refused", async (t) => {
    const ws = workspace(t);
    writeProject(ws, { seconds: 0.1 });
    const { error } = await render(ws, {}, { HF_NATIVE_PAGE_NETWORK: "privat" });
    assert.equal(error?.code, "HF_NATIVE_INVALID_OPTION");
    assert.match(error.message, /HF_NATIVE_PAGE_NETWORK must be one of all, public, none/);
  });
});

describe("files and windows", { concurrency: 2 }, () => {
  test("no page reads file addresses, opens windows or downloads", async (t) => {
    const ws = workspace(t);
    writeFileSync(join(ws.dir, "secret.txt"), SECRET);
    write(ws, tryingPage(ALWAYS_CLOSED));
    const { result, error, process: end } = await render(ws);
    assert.ok(result, error?.message);
    // A frame with a file address neither loads nor fails.
    const outcomes = { "file-frame": "refused silently", ...reports(end.text) };
    assert.deepEqual(Object.keys(outcomes).sort(), Object.keys(ALWAYS_CLOSED).sort());
    for (const [name, outcome] of Object.entries(outcomes)) assert.match(outcome, /^refused/, name);
    assert.ok(!/hostile-download/.test(execFileSync("find", [ws.dir], { encoding: "utf8" })));
    await assertClean(ws);
  });

  test("a project alone is neither left by links nor by scripts", async (t) => {
    const ws = workspace(t);
    const secret = join(ws.dir, "secret.txt");
    writeFileSync(secret, SECRET);
    symlinkSync(secret, join(ws.project, "link.txt"));
    const attempts = {
      link: `fetch("/link.txt").then((r) => r.ok ? r.text() : Promise.reject(r.status))`,
    };
    write(ws, tryingPage(attempts));
    const closed = await render(ws, { pageFiles: "project" });
    assert.ok(closed.result, closed.error?.message);
    assert.equal(reports(closed.process.text).link, "refused 404");
    const open = await render(ws);
    assert.equal(reports(open.process.text).link, SECRET);
  });

  const named = {
    image: (path) => `<img src="${path}" alt="">`,
    link: (path) => `<link rel="preload" as="image" href="${path}">`,
    style: (path) => `<div style="background: url(${path})"></div>`,
    entity: (path) => `<img src="${path.replaceAll("/", "&sol;").replaceAll(".", "&#46")}" alt="">`,
    clip: (path) => clip(path),
  };
  for (const [kind, element] of Object.entries(named)) {
    test(`a project alone names nothing outside: ${kind}`, async (t) => {
      const ws = workspace(t);
      film(join(ws.dir, "outside.mp4"));
      for (const path of [join(ws.dir, "outside.mp4"), "../outside.mp4"]) {
        write(ws, page({ seconds: 0.2, body: element(path) }));
        const { error } = await render(ws, { pageFiles: "project" });
        assert.equal(error?.code, "HF_NATIVE_OUTSIDE_PROJECT", `${path}: ${error?.message}`);
        assert.match(error.message, /outside\.mp4, which leads outside of the project/);
      }
      await assertClean(ws);
    });
  }

  test("a nested composition does not write over what it names", async (t) => {
    const ws = workspace(t);
    const notes = join(ws.dir, "notes.txt");
    writeFileSync(notes, "<p>mine</p>");
    const path = `${"../".repeat(12)}${notes.slice(1)}`;
    const nested = `<div data-composition-id="n" data-composition-src="${path}"
      data-start="0" data-duration="0.1"></div>`;
    write(ws, page({ seconds: 0.1, body: nested }));
    const { error } = await render(ws);
    assert.equal(readFileSync(notes, "utf8"), "<p>mine</p>");
    assert.equal(error?.code, "HF_NATIVE_OUTSIDE_PROJECT");
  });
});

describe("media", { concurrency: 2 }, () => {
  const lists = {
    HLS: (path) => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${path}\n#EXT-X-ENDLIST\n`,
    concat: () => `ffconcat version 1.0\nfile other.ts\n`,
  };
  for (const [kind, text] of Object.entries(lists)) {
    test(`a list of other films is no film: ${kind}`, async (t) => {
      const ws = workspace(t);
      film(join(ws.project, "other.ts"), "-c:v", "mpeg2video");
      writeFileSync(join(ws.project, "clip.mp4"), text("other.ts"));
      write(ws, page({ seconds: 0.2, body: clip("clip.mp4") }));
      const { error } = await render(ws);
      assert.match(error?.message ?? "rendered", /clip\.mp4.*the format "\w+" is not opened/s);
      assert.ok(error.message.length < 2000, error.message);
    });
  }

  test("names that are protocols, patterns and options are files", async (t) => {
    const ws = workspace(t);
    const names = ["concat:a|b.mp4", "pipe:0.mp4", "-i.mp4", "data:,x.mp4", "clip%03d.mp4"];
    const place = (n) => `position: absolute; top: 0; left: ${n * 64}px; width: 64px; height: 64px`;
    const clips = names.map((name, n) => {
      film(join(ws.dir, "made.mp4"), "-y");
      writeFileSync(join(ws.project, name), readFileSync(join(ws.dir, "made.mp4")));
      const src = `./${encodeURIComponent(name)}`;
      return video(`c${n}`, src, { style: place(n), "data-start": 0, "data-duration": 0.2 });
    });
    write(ws, page({ seconds: 0.2, body: clips.join("\n") }));
    const { result, error } = await render(ws);
    assert.ok(result, error?.message);
    for (const n of names.keys()) {
      const colour = pixelOverTime(join(ws.out, "film.mp4"), n * 64 + 20, 20).at(-1);
      assert.ok(near(colour, GREEN, 16), `${names[n]}: ${colour}`);
    }
  });
});

describe("the processes of a render", { skip: !existsSync("/proc/self/fd") }, () => {
  /** Inodes of the sockets that listen for TCP. */
  const listening = () => {
    const lines = ["tcp", "tcp6"].flatMap((name) =>
      readFileSync(`/proc/net/${name}`, "utf8").split("\n"),
    );
    const fields = lines.map((line) => line.trim().split(/\s+/));
    return new Set(fields.filter(([, , , state]) => state === "0A").map((line) => line[9]));
  };
  const linkOf = (path) => {
    try {
      return readlinkSync(path);
    } catch {
      return "";
    }
  };
  const socketsOf = (pid) => {
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
    return links.flatMap((link) => /^socket:\[(\d+)\]/.exec(link)?.[1] ?? []);
  };
  const modesBelow = (dir) =>
    readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
      const path = join(dir, entry.name);
      const facts = lstatSync(path, { throwIfNoEntry: false });
      if (!facts || entry.isSymbolicLink()) return [];
      const own = facts.mode & 0o077 ? [`${(facts.mode & 0o777).toString(8)} ${path}`] : [];
      // What is in a private folder is private.
      return own.length > 0 && entry.isDirectory() ? [...own, ...modesBelow(path)] : own;
    });

  test("Chrome listens nowhere, and temporary files are the user's own", async (t) => {
    const ws = workspace(t);
    film(join(ws.project, "clip.mp4"));
    const clips = `${clip("clip.mp4")}<audio src="sound.wav" data-start="0" data-duration="2"></audio>`;
    execFileSync("ffmpeg", [
      "-v",
      "error",
      "-f",
      "lavfi",
      "-i",
      "sine=d=2",
      join(ws.project, "sound.wav"),
    ]);
    writeProject(ws, { seconds: LONG_SECONDS, body: clips });
    const outputPath = join(ws.out, "film.mp4");
    const options = { projectDir: ws.project, outputPath, quality: "draft" };
    const before = process.umask(0);
    const running = startFacade(ws, { options });
    process.umask(before);
    await encoding(ws.dir);
    const open = listening();
    const chrome = processesOf(ws.dir).filter(({ command }) => /headless|chrom/i.test(command));
    assert.ok(chrome.length >= 3, "browser, page and GPU process");
    const own = chrome.filter(({ command }) => !/facade-child/.test(command));
    for (const { pid } of own) {
      assert.deepEqual(
        socketsOf(pid).filter((inode) => open.has(inode)),
        [],
        "a listening socket",
      );
    }
    assert.ok(browsersOf(ws.dir).every(({ command }) => /--remote-debugging-pipe/.test(command)));
    assert.deepEqual(modesBelow(ws.tmp), []);
    const staged = readdirSync(ws.out, { withFileTypes: true, recursive: true });
    assert.ok(staged.length > 0, "something is staged beside the output");
    const openStaged = modesBelow(ws.out).filter((line) => !line.endsWith("film.mp4"));
    assert.deepEqual(openStaged, []);
    running.outcome.catch(() => undefined);
    running.child.kill("SIGTERM");
    await running.done;
    await assertClean(ws);
  });

  test("another user's browser runs in its sandbox, and draws the same", {
    skip: !isRoot,
  }, async (t) => {
    const ws = workspace(t);
    film(join(ws.project, "clip.mp4"));
    writeProject(ws, { seconds: 0.4, body: clip("clip.mp4") });
    execFileSync("chown", ["-R", "65534:65534", ws.dir]);
    const hashes = [];
    for (const HF_NATIVE_SANDBOX of ["on", "off"]) {
      const outputPath = join(ws.out, `${HF_NATIVE_SANDBOX}.mp4`);
      const options = { projectDir: ws.project, outputPath, format: "mp4", workers: 1 };
      const running = startFacade(ws, { options }, { env: { HF_NATIVE_SANDBOX }, under: NOBODY });
      const seen = [];
      const looking = (async () => {
        while (running.child.exitCode === null) {
          seen.push(...pagesOf(ws.dir).map(({ pid }) => readText(`/proc/${pid}/status`)));
          await sleep(20);
        }
      })();
      const { result, error, process: end } = await running.outcome;
      await looking;
      assert.ok(result, error?.message);
      const filtered = seen.some((status) => /^Seccomp:\t2$/m.test(status));
      assert.equal(filtered, HF_NATIVE_SANDBOX === "on", "a page's system calls are filtered");
      assert.equal(/runs without its sandbox/.test(end.text), HF_NATIVE_SANDBOX === "off");
      hashes.push(
        execFileSync("ffmpeg", ["-v", "error", "-i", outputPath, "-f", "md5", "-"], {
          encoding: "utf8",
        }),
      );
    }
    assert.equal(hashes[0], hashes[1]);
  });
});
