/** Sizes of what is published, within their budgets, and what the addon needs of the system. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import {
  ADDON_BUDGET,
  compareVersions,
  glibcFloor,
  TARBALL_BUDGETS,
} from "../../../scripts/lib/addon-facts.mjs";
import { hasTestSwitches } from "../../../scripts/lib/build.mjs";
import { ROOT } from "../../../scripts/lib/run.mjs";
import { GLIBC_FLOOR } from "../../../scripts/platform-packages.mjs";

/**
 * @param {{ manifest: Record<string, unknown>, tarball: string }[]} packages the main one first
 * @returns {{ what: string, text: string, budget?: string, failure?: string }[]}
 */
export function sizes(packages) {
  const addon = readdirSync(join(ROOT, "native")).find((name) => name.endsWith(".node"));
  const path = join(ROOT, "native", addon);
  const stem = addon.replace(/\.node$/, "").replace(".", "-");
  const platform = packages.find(({ manifest }) => manifest.name.endsWith(stem));
  const facts = [
    size(`\`${addon}\``, path, ADDON_BUDGET),
    size("tarball of its platform package", platform.tarball, TARBALL_BUDGETS.platform),
    size("tarball of the main package", packages[0].tarball, TARBALL_BUDGETS.main),
  ];
  if (process.platform === "linux") facts.push(floor(path));
  const switches = hasTestSwitches(path) ? "with" : "without";
  facts.push({ what: "built", text: `${switches} the switches that only tests want` });
  return facts;
}

function size(what, path, budget) {
  const bytes = statSync(path).size;
  const over = bytes > budget ? { failure: ` larger than its budget (${basename(path)})` } : {};
  return { what, text: megabytes(bytes), budget: megabytes(budget), ...over };
}

/** A release is linked with `--use-napi-cross`; an addon that was built here asks for this system's. */
function floor(path) {
  const found = glibcFloor(path);
  const promised = compareVersions(found, GLIBC_FLOOR) <= 0;
  const isLocal = !readFileSync(join(ROOT, ".github/workflows/release.yml"), "utf8").includes(
    `--glibc ${GLIBC_FLOOR}`,
  );
  return {
    what: "newest glibc that a symbol of it needs",
    text: promised ? found : `${found}: linked on this machine, not as a release is`,
    budget: GLIBC_FLOOR,
    ...(isLocal ? { failure: " the release does not check it" } : {}),
  };
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;
