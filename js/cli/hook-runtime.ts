/** What the load hook makes a CLI module call: it puts the native engine behind the producer. */
import { loadDuringSetup } from "../hook/early-load.js";
import { noteHits } from "../hook/hits.js";
import type { UpstreamIdentity, UpstreamNamespace } from "../upstream/types.js";

/**
 * Called by a rewritten CLI module when it is evaluated.
 *
 * @param loadProducer the module's own function of that name, if it has one
 */
export function noteHook(names: string[], loadProducer?: () => Promise<unknown>): void {
  noteHits(names);
  if (!loadProducer) return;
  loadDuringSetup(() => Promise.all([loadProducer(), import("../api/producer.js")]));
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
