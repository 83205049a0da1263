/**
 * Writes a poster and a strip of thumbnails of a project.
 *
 *     node examples/frames.mjs examples/launch out
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { closeFrames, renderFrame, thumbnails } from "@hyperframes/producer-native";

const [project = "examples/launch", out = "out"] = process.argv.slice(2);
mkdirSync(out, { recursive: true });

writeFileSync(join(out, "poster.png"), await renderFrame(project, 1));

const times = [0, 0.5, 1, 1.5, 2];
const files = await thumbnails(project, times, { format: "webp", width: 320 });
for (const [at, file] of files.entries()) {
  writeFileSync(join(out, `thumbnail-${times[at]}s.webp`), file);
}

// Without this the browser stays open for a minute, or until the process ends.
await closeFrames();
