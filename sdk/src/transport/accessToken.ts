import type { NativeMethods } from '../web/nativeMethods.ts'
import { within } from '../web/within.ts'

export interface AccessToken {
  current(): string | undefined
  /** Gets a token from the host, where it gives any and none is at hand. Rejects when the host does, or takes too long. */
  obtain(): Promise<void>
  forget(): void
}

/** The short-lived token that some relays demand. It travels in the body, since a beacon can't carry headers. */
export function createAccessToken(
  getToken: (() => Promise<string>) | undefined,
  timeoutMs: number,
  native: NativeMethods,
): AccessToken {
  let token: string | undefined
  return {
    current: () => token,
    async obtain() {
      if (getToken && !token) token = await within(getToken(), timeoutMs, native)
    },
    forget() {
      token = undefined
    },
  }
}
