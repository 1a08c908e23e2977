/**
 * Listens in the capture phase, so that a handler of the page which stops the event hides nothing; returns what ends it.
 *
 * Where a sandbox of the page forbids the event, such as that of Salesforce
 * (https://developer.salesforce.com/docs/platform/lightning-components-security/guide/lws-distortion.html), it is as if it
 * never came.
 */
export function listen<Fired extends Event>(
  target: EventTarget | undefined,
  types: readonly string[],
  listener: (event: Fired) => unknown,
): () => void {
  for (const type of types) attempt(() => target?.addEventListener(type, listener as EventListener, true))
  return () => {
    for (const type of types) attempt(() => target?.removeEventListener(type, listener as EventListener, true))
  }
}

function attempt(work: () => void): void {
  try {
    work()
  } catch {
    // Then there is nothing to hear.
  }
}
