/** What the load hook makes a CLI module call: it puts the native engine behind the producer. */
import { noteHits } from "../hook/hits.js";
import type { UpstreamIdentity, UpstreamNamespace } from "../upstream/types.js";

/** Called by a rewritten CLI module when it is evaluated. */
export function noteHook(names: string[]): void {
  noteHits(names);
}

/**
 * Called by a rewritten CLI with the producer it loaded. The engine is loaded then and not before:
 * most processes of a CLI never load a producer.
 */
export async function wrapLoaded(
  namespace: UpstreamNamespace,
  cli: UpstreamIdentity,
): Promise<UpstreamNamespace> {
  const { wrapProducer } = await import("../api/producer.js");
  return wrapProducer(namespace, cli);
}
