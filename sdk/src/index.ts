import { featureOptions } from './api/featureOptions.ts'
import { createInit, type Init } from './api/init.ts'
import { allPlugins } from './capture/allPlugins.ts'
import { startFeatures } from './startFeatures.ts'

/** Like `init` of `loki-beacon/core`, with all options and all of `loki-beacon/capture`. */
export const init: Init = /* @__PURE__ */ createInit({
  plugins: allPlugins,
  features: { options: featureOptions, start: startFeatures },
})

export type { NoiseRule } from './config.ts'
export * from './core.ts'
export type { InitOptions } from './publicOptions.ts'
