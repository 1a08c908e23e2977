/** Bytes that all requests together may hold. */
export interface ByteBudget {
  /** False, and nothing taken, where it would be too much. */
  take(bytes: number): boolean
  give(bytes: number): void
  /** Another bound from now on; what is taken stays taken. */
  resize(maxBytes: number): void
}

export function createByteBudget(bytes: number): ByteBudget {
  let maxBytes = bytes
  let usedBytes = 0
  return {
    take(bytes) {
      if (usedBytes + bytes > maxBytes) return false
      usedBytes += bytes
      return true
    },
    give(bytes) {
      usedBytes -= bytes
    },
    resize(bytes) {
      maxBytes = bytes
    },
  }
}
