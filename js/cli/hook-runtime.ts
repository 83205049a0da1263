/** What the load hook makes a CLI module call: it puts the native engine behind the producer. */
import { wrapProducer } from "../api/producer.js";
import type { UpstreamIdentity, UpstreamNamespace } from "../upstream/types.js";

const HITS = Symbol.for("@hyperframes/producer-native/hook-hits");
const shared = globalThis as { [HITS]?: Set<string> };

/** Called by a rewritten CLI module when it is evaluated. */
export function noteHook(names: string[]): void {
  shared[HITS] ??= new Set();
  for (const name of names) shared[HITS].add(name);
}

/** Names of the loader functions that were found so far in this process. */
export function hookHits(): ReadonlySet<string> {
  return shared[HITS] ?? new Set();
}

/** Called by a rewritten CLI with the producer it loaded. */
export function wrapLoaded(namespace: UpstreamNamespace, cli: UpstreamIdentity): UpstreamNamespace {
  return wrapProducer(namespace, cli);
}
