import type { Beacon } from '../start.ts'

/** Stands in where the SDK can't work: on a server, in a worker, or with unusable options. Its logger prints at most. */
export function createInertBeacon(): Beacon {
  const nothing = () => {}
  return {
    take: nothing,
    bind: attributes => ({ attributes: attributes as undefined, error: undefined, chars: 0 }),
    backdate: nothing,
    fail: nothing,
    miss: nothing,
    captureError: nothing,
    captureEarly: nothing,
    setUser: nothing,
    setContext: nothing,
    setConsent: nothing,
    flush: () => Promise.resolve(true),
    close: () => Promise.resolve(),
    stats: () => ({
      created: 0,
      delivered: 0,
      dropped: {},
      pending: 0,
      bytes: 0,
      breaker: 'closed',
      persistence: 'none',
    }),
  }
}
