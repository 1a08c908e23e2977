/** Bytes that all requests together may hold. */
export interface ByteBudget {
  /** False, and nothing taken, where it would be too much. */
  take(bytes: number): boolean
  give(bytes: number): void
}

export function createByteBudget(maxBytes: number): ByteBudget {
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
  }
}
