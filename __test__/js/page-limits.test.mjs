/** What compositions may reach: the settings, the names in their documents, and what compiling fetches. */
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isLimited, pageLimitsOf } from "../../dist/base/page-limits.js";
import { assertNoCopies, assertPlaces } from "../../dist/compile/confine.js";
import { withFetchLimits } from "../../dist/compile/limited-fetch.js";
import { serverSettings } from "../../dist/service/settings.js";
import { tempDir } from "./support.mjs";

const OUTSIDE = { code: "HF_NATIVE_OUTSIDE_PROJECT" };

test("a configuration comes before the environment, and words that are not known are refused", () => {
  assert.deepEqual(pageLimitsOf({}, {}), { network: "all", files: "all" });
  const env = { HF_NATIVE_PAGE_NETWORK: "none", HF_NATIVE_PAGE_FILES: " project " };
  assert.deepEqual(pageLimitsOf({}, env), { network: "none", files: "project" });
  assert.equal(pageLimitsOf({ pageNetwork: "public" }, env).network, "public");
  assert.ok(isLimited({ network: "all", files: "project" }));
  assert.throws(() => pageLimitsOf({}, { HF_NATIVE_PAGE_FILES: "prject" }), {
    code: "HF_NATIVE_INVALID_OPTION",
    message: /HF_NATIVE_PAGE_FILES must be one of all, project/,
  });
});

test("a server closes what a command line leaves open", () => {
  const { pageNetwork, pageFiles } = serverSettings({}, {});
  assert.deepEqual([pageNetwork, pageFiles], ["public", "project"]);
  const env = { HF_NATIVE_PAGE_NETWORK: "none", HF_NATIVE_PAGE_FILES: "all" };
  assert.equal(serverSettings({}, env).pageNetwork, "none");
  assert.equal(serverSettings({ pageFiles: "project" }, env).pageFiles, "project");
  assert.throws(() => serverSettings({ pageNetwork: "some" }, {}), /pageNetwork must be one of/);
});

describe("names in documents", () => {
  function places(html, files = "project") {
    const dir = tempDir();
    const projectDir = join(dir, "project");
    const workspaceDir = join(dir, "job");
    const compiledDir = join(workspaceDir, ".debug", "id", "compiled");
    for (const folder of [join(projectDir, "sub"), compiledDir]) {
      mkdirSync(folder, { recursive: true });
    }
    writeFileSync(join(dir, "outside.html"), "<p>outside</p>");
    writeFileSync(join(projectDir, "inside.png"), "inside");
    symlinkSync("../outside.html", join(projectDir, "link.html"));
    symlinkSync("inside.png", join(projectDir, "own.png"));
    writeFileSync(join(projectDir, "index.html"), html.replaceAll("DIR", dir));
    return { projectDir, entryFile: "index.html", compiledDir, workspaceDir, files };
  }

  for (const html of [
    `<img src="../outside.html">`,
    `<img src='DIR/outside.html'>`,
    "<img src=..&#47;outside.html>",
    `<img src="&period;&period;&sol;outside&#x2e;html">`,
    `<img src="%2e%2e/outside.html">`,
    `<a href="../outside.html?x#y">`,
    `<video poster="sub/../../outside.html">`,
    `<style>b { background: url( "../outside.html" ) }</style>`,
    `<style>@import "../outside.html"</style>`,
    `<p style="background:url(../outside.html)">`,
    `<img src="link.html">`,
    `<div data-composition-src="link.html">`,
    `<template><img src="../outside.html"></template>`,
  ]) {
    test(html, () => {
      assert.throws(() => assertPlaces(places(html)), OUTSIDE);
      assert.doesNotThrow(() => assertPlaces(places(html, "all")));
    });
  }

  test("what lies inside, is remote or does not exist is let through", () => {
    const html = `<img src="inside.png"><img src="/inside.png"><img src="own.png"><a href="/"></a>
      <img src="https://example.com/../x.png"><img src="data:,x"><img src="../none.png"><a href="#x">`;
    assert.doesNotThrow(() => assertPlaces(places(html)));
  });

  test("nested documents are read, and none that would be written over", () => {
    const nested = places(`<div data-composition-src="sub/a.html"></div>`);
    writeFileSync(join(nested.projectDir, "sub", "a.html"), `<img src="../outside.html">`);
    assert.throws(() => assertPlaces(nested), { ...OUTSIDE, message: /sub\/a\.html names/ });
    const far = places(
      `<div data-composition-src="${"../".repeat(20)}DIR/outside.html"></div>`,
      "all",
    );
    assert.throws(() => assertPlaces(far), OUTSIDE);
    const near = places(`<div data-composition-src="../outside.html"></div>`, "all");
    assert.doesNotThrow(() => assertPlaces(near));
  });

  test("a copy that upstream made is found", () => {
    const { compiledDir } = places("");
    assert.doesNotThrow(() => assertNoCopies(compiledDir, "index.html", "project"));
    mkdirSync(join(compiledDir, "hf-ext", "etc"), { recursive: true });
    writeFileSync(join(compiledDir, "hf-ext", "etc", "passwd"), "");
    const found = { ...OUTSIDE, message: /names \/etc\/passwd/ };
    assert.throws(() => assertNoCopies(compiledDir, "index.html", "project"), found);
    assert.doesNotThrow(() => assertNoCopies(compiledDir, "index.html", "all"));
  });
});

describe("fetch of the compile stage", () => {
  async function service(t) {
    const hits = [];
    const server = createServer(({ url }, response) => {
      hits.push(url);
      if (url === "/away") response.writeHead(302, { location: "/there" });
      response.end("answer");
    });
    await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
    t.after(() => server.close());
    return { hits, port: server.address().port };
  }

  test("reaches this machine only without limits, and only within its own work", async (t) => {
    const { hits, port } = await service(t);
    const places = [
      `http://127.0.0.1:${port}/`,
      `http://localhost:${port}/`,
      `http://[::1]:${port}/`,
    ];
    for (const network of ["public", "none"]) {
      for (const place of places) {
        const refused = { name: "TypeError", message: /may not reach/ };
        await assert.rejects(
          withFetchLimits(network, () => fetch(place)),
          refused,
        );
      }
    }
    assert.deepEqual(hits, []);
    // Beside a limited job another one goes on.
    const limited = withFetchLimits("none", () => new Promise((go) => setTimeout(go, 50)));
    assert.equal(await (await fetch(places[0])).text(), "answer");
    await limited;
    const open = await withFetchLimits("all", () => fetch(`http://127.0.0.1:${port}/away`));
    assert.deepEqual([open.status, hits], [200, ["/", "/away", "/there"]]);
  });

  test("what is public by name and private by address is refused", async () => {
    const refused = /may not reach/;
    for (const place of [
      "http://[::ffff:127.0.0.1]:1/",
      "http://0x7f.1:1/",
      "http://2130706433:1/",
    ]) {
      await assert.rejects(
        withFetchLimits("public", () => fetch(place)),
        refused,
        place,
      );
    }
  });
});
