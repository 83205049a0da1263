/** Serves `@hyperframes/studio-server` on this engine for the project that is the argument. */
import { once } from "node:events";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { createStudioApi } from "@hyperframes/studio-server";
import { createStudioAdapter } from "../../../dist/studio.js";

const adapter = createStudioAdapter({ projects: [process.argv[2]] });
const api = createStudioApi(adapter);

const server = createServer(async (request, response) => {
  const { pathname, search } = new URL(request.url, "http://localhost");
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  const answer = await api.fetch(
    new Request(`http://${request.headers.host}${pathname.replace(/^\/api/, "")}${search}`, {
      method: request.method,
      headers: request.headers,
      signal: gone.signal,
      ...(hasBody ? { body: Readable.toWeb(request), duplex: "half" } : {}),
    }),
  );
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body)
    Readable.fromWeb(answer.body)
      .on("error", () => undefined)
      .pipe(response);
  else response.end();
});
server.listen(0, "localhost");
await once(server, "listening");
console.log(`listening http://localhost:${server.address().port}`);
process.once("SIGTERM", async () => {
  await adapter.close();
  process.exit(0);
});
