/** Which kinds of entries the engine tells of; none where it has no observer. */
export function entryTypes(): readonly string[] {
  const { PerformanceObserver: Observer, performance: timeline } = globalThis as Partial<typeof globalThis>
  return (timeline?.getEntriesByType && Observer?.supportedEntryTypes) || []
}

/** Hands over entries of that type, also those from before; returns what ends it. Nothing where the engine has none. */
export function observePerformance(type: string, listener: (entries: readonly PerformanceEntry[]) => void): () => void {
  if (!entryTypes().includes(type)) return () => {}
  const observer = new PerformanceObserver(list => listener(list.getEntries()))
  observer.observe({ type, buffered: true })
  return () => observer.disconnect()
}
