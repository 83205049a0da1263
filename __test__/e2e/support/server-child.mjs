/**
 * Asks for a render of the project in argument 1: the server of `@hyperframes/producer-native/server`,
 * and upstream's application that this entry hands on.
 */
import { once } from "node:events";
import { createProducerApp, startServer } from "../../../dist/server.js";

const [projectDir, outputPath] = process.argv.slice(2);
const request = {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ projectDir, outputPath, fps: 30, quality: "draft" }),
};
const told = async (response) => {
  const { perf, requestId: _, ...body } = await response.json();
  const keys = Object.keys(body).sort();
  return { status: response.status, error: body.error, native: Boolean(perf?.native), keys };
};

const server = startServer({ port: 0 });
await once(server, "listening");
const own = await told(await fetch(`http://127.0.0.1:${server.address().port}/render`, request));
await server.drain();
const handedOn = await told(await createProducerApp().request("/render", request));
console.log(JSON.stringify({ own, handedOn }));
process.exit(0);
