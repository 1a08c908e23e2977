import type { Logger } from '../core.ts'

interface Rewrite {
  source: string
  destination: string
}

type Rewrites = Rewrite[] | { beforeFiles?: Rewrite[]; afterFiles?: Rewrite[]; fallback?: Rewrite[] }

/** The part of `next.config` that is used here. */
export interface NextRewrites {
  // biome-ignore lint/suspicious/noExplicitAny: Next's own type of a rewrite has more, which is kept as it is
  rewrites?: () => Promise<any>
}

export interface RelayRewrite {
  /** The relay's origin, such as `https://logs.example.com`; only the server of Next needs to reach it. */
  relay: string
  /** The path of the page's own origin that leads there, which is `url` for `init`. @defaultValue `'/telemetry'` */
  path?: string | undefined
}

/** `next.config`: hands requests below `path` to the relay, so that pages need no other origin. Keeps all other rewrites. */
export function withLokiBeacon<Config extends object>(
  config: Config & NextRewrites,
  { relay, path }: RelayRewrite,
): Config & Required<NextRewrites> {
  const own = { source: `${path ?? '/telemetry'}/:path*`, destination: `${relay.replace(/\/+$/, '')}/:path*` }
  return {
    ...config,
    async rewrites() {
      const others = ((await config.rewrites?.()) ?? []) as Rewrites
      if (Array.isArray(others)) return [own, ...others]
      return { ...others, beforeFiles: [own, ...(others.beforeFiles ?? [])] }
    },
  }
}

/**
 * For `export const onRouterTransitionStart = recordTransitions(log)` in `instrumentation-client.ts`: an event
 * `router_transition_start` for each, with the path alone.
 */
export function recordTransitions(log: Logger): (url: string, navigationType: string) => void {
  return (url, navigationType) => log.event('router_transition_start', { to: url.split(/[?#]/)[0], navigationType })
}
