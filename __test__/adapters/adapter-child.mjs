/** One render through an adapter's handler. The argument: `dir`, `name`, `protocol`, `format`, `archive`. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { dir, name, protocol, format, archive } = JSON.parse(process.argv[2]);
const isAws = name === "aws-lambda";
const at = createRequire(join(dir, "package.json"));
const load = async (file) =>
  import(pathToFileURL(join(dir, "node_modules", "@hyperframes", name, "dist", file)).href);
const call = isAws ? (await load("handler.js")).handler : (await load("server.js")).dispatch;
const store = isAws ? "S3" : "Gcs";
const scheme = isAws ? "s3" : "gs";
const uri = (key) => `${scheme}://renders/${key}`;

await upload();
const config = { fps: 24, width: 320, height: 180, format, quality: "draft", chunkSize: 14 };
const lenient = { rejectOnSystemFonts: false, failClosedFontFetch: false };
const planned = await call({
  Action: "plan",
  PlanProtocol: protocol,
  [`Project${store}Uri`]: uri("project.tar.gz"),
  [`PlanOutput${store}Prefix`]: uri("plan"),
  Config: { ...config, ...lenient },
});
const keys =
  protocol === "v1"
    ? [`Plan${store}Uri`]
    : [`PlanV2Manifest${store}Uri`, `PlanV2Artifact${store}Prefix`, "PlanHash"];
const plan = Object.fromEntries(keys.map((key) => [key, planned[key]]));
const common = { PlanProtocol: protocol, PlanHash: planned.PlanHash, Format: format, ...plan };
const chunks = [];
for (let index = 0; index < planned.ChunkCount; index++) {
  const prefix = { [`ChunkOutput${store}Prefix`]: uri("chunks"), ChunkIndex: index };
  chunks.push(await call({ Action: "renderChunk", ...common, ...prefix }));
}
const assembled = await call({
  Action: "assemble",
  ...common,
  [`Chunk${store}Uris`]: chunks.map((chunk) => chunk[`Chunk${store}Uri`]),
  [`Audio${store}Uri`]: planned[`Audio${store}Uri`] ?? null,
  [`Output${store}Uri`]: uri("output"),
});
console.log(JSON.stringify({ chunks: chunks.length, frames: assembled.FramesEncoded }));
process.exit(0);

async function upload() {
  if (!isAws) {
    const { Storage } = at("@google-cloud/storage");
    await new Storage().bucket("renders").upload(archive, { destination: "project.tar.gz" });
    return;
  }
  const { readFileSync } = await import("node:fs");
  const { PutObjectCommand, S3Client } = at("@aws-sdk/client-s3");
  const object = { Bucket: "renders", Key: "project.tar.gz", Body: readFileSync(archive) };
  await new S3Client({}).send(new PutObjectCommand(object));
}
