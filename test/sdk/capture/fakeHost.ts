import type { PluginHost, RecordDraft } from '../../../sdk/src/plugin.ts'
import type { WireBreadcrumb } from '../../../sdk/src/wire.ts'

/** A plugin's host that notes what it is given. */
export interface FakeHost extends PluginHost {
  records: RecordDraft[]
  breadcrumbs: Omit<WireBreadcrumb, 't'>[]
  /** As if the page were left. */
  exit(): void
  route(from: string, to: string): void
}

export function createFakeHost(): FakeHost {
  const exitListeners: (() => void)[] = []
  const routeListeners: ((change: { from: string; to: string }) => void)[] = []
  const records: RecordDraft[] = []
  const breadcrumbs: FakeHost['breadcrumbs'] = []
  return {
    records,
    breadcrumbs,
    exit() {
      for (const listener of exitListeners) listener()
    },
    route(from, to) {
      for (const listener of routeListeners) listener({ from, to })
    },
    record: draft => records.push(draft),
    exception() {},
    breadcrumb: breadcrumb => breadcrumbs.push(breadcrumb),
    showUrl: address => address.replace(/[?#].*/, ''),
    isOwnRequest: () => false,
    guard: work => work,
    onExit: listener => exitListeners.push(listener),
    onRoute: listener => routeListeners.push(listener),
    checkRoute() {},
    onSession: () => () => {},
    traceContext: () => undefined,
    describe: String,
    isKnown: () => false,
    isInHook: () => false,
    after: () => () => {},
    nowMs: Date.now,
  }
}
