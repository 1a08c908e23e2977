import type { Logger } from '../core.ts'

interface Rewrite {
  source: string
  destination: string
}

type Rewrites = Rewrite[] | { beforeFiles?: Rewrite[]; afterFiles?: Rewrite[]; fallback?: Rewrite[] }

/** The part of `next.config` that is used here. */
export interface NextRewrites {
  // biome-ignore lint/suspicious/noExplicitAny: Next's own type of a rewrite has more, which is kept as it is
  rewrites?: (() => Promise<any>) | undefined
}

/** All forms of it: https://nextjs.org/docs/app/api-reference/config/next-config-js */
export type NextConfigForm =
  | NextRewrites
  | Promise<NextRewrites>
  // biome-ignore lint/suspicious/noExplicitAny: what Next hands to it is for the page's own types
  | ((...args: any[]) => NextRewrites | Promise<NextRewrites>)

/** The same form, with rewrites. */
export type WithRewrites<Config> = Config extends (...args: infer Args) => infer Made
  ? (...args: Args) => WithRewrites<Made>
  : Config extends Promise<infer Made>
    ? Promise<WithRewrites<Made>>
    : Config & { rewrites: NonNullable<NextRewrites['rewrites']> }

export interface RelayRewrite {
  /** The relay's origin, such as `https://logs.example.com`; only the server of Next needs to reach it. */
  relay: string
  /** The path of the page's own origin that leads there, which is `url` for `init`. @defaultValue `'/telemetry'` */
  path?: string | undefined
}

/**
 * `next.config`: hands requests below `path` to the relay, so that pages need no other origin. Keeps all other rewrites. Of
 * a function or a promise it makes another one.
 */
export function withLokiBeacon<Config extends object>(
  config: Config & NextConfigForm,
  { relay, path }: RelayRewrite,
): WithRewrites<Config> {
  const own = { source: `${path ?? '/telemetry'}/:path*`, destination: `${relay.replace(/\/+$/, '')}/:path*` }
  return add(config) as WithRewrites<Config>

  function add(config: NextConfigForm): NextConfigForm {
    if (typeof config === 'function') return (...args) => add(config(...args)) as NextRewrites
    if ('then' in config) return config.then(add) as Promise<NextRewrites>
    return {
      ...config,
      async rewrites() {
        const others = ((await config.rewrites?.()) ?? []) as Rewrites
        if (Array.isArray(others)) return [own, ...others]
        return { ...others, beforeFiles: [own, ...(others.beforeFiles ?? [])] }
      },
    }
  }
}

/**
 * For `export const onRouterTransitionStart = recordTransitions(log)` in `instrumentation-client.ts`: an event
 * `router_transition_start` for each, with the path alone.
 */
export function recordTransitions(log: Logger): (url: string, navigationType: string) => void {
  return (url, navigationType) => log.event('router_transition_start', { to: url.split(/[?#]/)[0], navigationType })
}
