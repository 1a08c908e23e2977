/** Bytes that all requests together may hold. */
export interface ByteBudget {
  /** For one request. Of what other apps leave, its app may hold `maxShare` (0 to 1); a request that is its only one, all. */
  open(app: string, maxShare: number): ByteAccount
  /** Another bound from now on; what is taken stays taken. */
  resize(maxBytes: number): void
}

export interface ByteAccount {
  /** False, and nothing taken, where it would be too much. */
  take(bytes: number): boolean
  /** Gives back all that was taken. */
  close(): void
}

export function createByteBudget(bytes: number): ByteBudget {
  const held = new Map<string, number>()
  let maxBytes = bytes
  let usedBytes = 0
  return {
    open(app, maxShare) {
      let ownBytes = 0
      return {
        take(bytes) {
          const ofApp = held.get(app) ?? 0
          const ofOthers = usedBytes - ofApp
          const share = ofApp === ownBytes ? 1 : maxShare
          if (ofApp + bytes > (maxBytes - ofOthers) * share) return false
          add(app, bytes)
          ownBytes += bytes
          return true
        },
        close() {
          add(app, -ownBytes)
          ownBytes = 0
        },
      }
    },
    resize(bytes) {
      maxBytes = bytes
    },
  }

  function add(app: string, bytes: number): void {
    const next = (held.get(app) ?? 0) + bytes
    usedBytes += bytes
    if (next > 0) held.set(app, next)
    else held.delete(app)
  }
}
