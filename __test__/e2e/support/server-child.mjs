/** Asks the server of `@hyperframes/producer-native/server` for a render of the project in argument 1. */
import { createProducerApp } from "../../../dist/server.js";

const [projectDir, outputPath] = process.argv.slice(2);
const response = await createProducerApp().request("/render", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ projectDir, outputPath, fps: 30, quality: "draft" }),
});
const { success, perf, error } = await response.json();
console.log(
  JSON.stringify({ status: response.status, success, error, native: Boolean(perf?.native) }),
);
process.exit(0);
