/** What the SDK keeps in localStorage, which is shared by the tabs of an origin, and synchronous. Nothing here throws. */
export interface LocalStore {
  getItem(name: string): string | null
  /** False where it could not be kept: storage denied, full, or without consent. */
  setItem(name: string, text: string): boolean
  removeItem(name: string): void
  /** Names of all items that begin so. */
  names(prefix: string): string[]
  /** While it is not allowed nothing is read or written; what is there can still be removed. */
  allow(isAllowed: boolean): void
}

export function createLocalStore(): LocalStore {
  let isAllowed = true
  return {
    getItem: name => attempt(store => (isAllowed ? store.getItem(name) : null), null),
    setItem: (name, text) =>
      attempt(store => {
        if (isAllowed) store.setItem(name, text)
        return isAllowed
      }, false),
    removeItem: name => attempt(store => store.removeItem(name), undefined),
    names: prefix => attempt(store => Object.keys(store).filter(name => name.startsWith(prefix)), []),
    allow(allowed) {
      isAllowed = allowed
    },
  }
}

/** Even naming it throws where the user has denied storage. */
function attempt<Result>(work: (store: Storage) => Result, otherwise: Result): Result {
  try {
    return work(globalThis.localStorage)
  } catch {
    return otherwise
  }
}
