/**
 * A package registry on loopback, for one scope: it has the tarballs of this package, and sends
 * whoever asks for another package on to the real registry.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename } from "node:path";

/**
 * @param {{ manifest: Record<string, unknown>, tarball: string }[]} packages
 * @param {string} upstream address of the real registry
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export async function serveRegistry(packages, upstream) {
  let url = "";
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "/")
      .replace(/\?.*/, "")
      .slice(1);
    const byName = packages.find(({ manifest }) => manifest.name === path);
    const byFile = packages.find(({ tarball }) => path === `tarballs/${basename(tarball)}`);
    if (byName) {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(documentOf(byName, url)));
    } else if (byFile) {
      response.end(readFileSync(byFile.tarball));
    } else {
      response.writeHead(302, { location: new URL(request.url ?? "/", upstream).href });
      response.end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${server.address().port}/`;
  return {
    url,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** What a registry says of a package with one version. */
function documentOf({ manifest, tarball }, url) {
  const { name, version } = manifest;
  const bytes = readFileSync(tarball);
  const dist = {
    tarball: `${url}tarballs/${basename(tarball)}`,
    integrity: `sha512-${createHash("sha512").update(bytes).digest("base64")}`,
    shasum: createHash("sha1").update(bytes).digest("hex"),
  };
  return {
    name,
    "dist-tags": { latest: version },
    // Long ago: some managers take no version that has just been published.
    time: { [version]: "2026-01-01T00:00:00.000Z" },
    versions: { [version]: { ...manifest, dist } },
  };
}
