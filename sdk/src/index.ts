import { createInit, type Init } from './api/init.ts'
import { allPlugins } from './capture/allPlugins.ts'

/** Like `init` of `loki-beacon/core`, with all of `loki-beacon/capture`. */
export const init: Init = /* @__PURE__ */ createInit(allPlugins)

export * from './core.ts'
