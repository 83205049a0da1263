/**
 * What `@hyperframes/producer/server` exports beside `startServer`: parts of upstream's HTTP server,
 * which render with this engine.
 */
import { asyncFunction, type Source, syncFunction } from "../upstream/hand-on.js";
import type {
  HandlerOptions,
  PrepareRenderResult,
  ProducerApp,
  RenderHandlers,
  RenderOptionsInput,
  SafeRenderErrorMetadata,
} from "./server-types.js";

const FROM: Source = { subpaths: ["./server", "."], isNative: true };

/** Handlers for the routes, to be mounted in an application of Hono. */
export const createRenderHandlers = syncFunction<(options?: HandlerOptions) => RenderHandlers>(
  "createRenderHandlers",
  FROM,
);
/** An application of Hono with all routes. */
export const createProducerApp = syncFunction<(options?: HandlerOptions) => ProducerApp>(
  "createProducerApp",
  FROM,
);
/** The options of a render in the body of a request. */
export const parseRenderOptions = syncFunction<
  (body: Record<string, unknown>) => RenderOptionsInput
>("parseRenderOptions", FROM);
/** The render that the body of a request asks for; may fetch a page or write a temporary project. */
export const prepareRenderBody = asyncFunction<
  (body: Record<string, unknown>) => Promise<PrepareRenderResult>
>("prepareRenderBody", FROM);
/** The code of an error, if it is one that clients may see. */
export const extractSafeRenderErrorCode = syncFunction<(error: unknown) => string | undefined>(
  "extractSafeRenderErrorCode",
  FROM,
);
/** What clients may see of an error. */
export const extractSafeRenderErrorMetadata = syncFunction<
  (error: unknown) => SafeRenderErrorMetadata | undefined
>("extractSafeRenderErrorMetadata", FROM);
