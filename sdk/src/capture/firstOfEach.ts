/** The most that one source adds to a page's records, in records: what is broken often breaks in a loop. */
const maxKeys = 20

/** Whether a key is new, for the first so many keys of a page; of all further ones it says no. */
export function createFirstOfEach(): (...parts: unknown[]) => boolean {
  const seen = new Set<string>()
  return (...parts) => {
    const key = parts.join(' ')
    if (seen.has(key) || seen.size >= maxKeys) return false
    seen.add(key)
    return true
  }
}
