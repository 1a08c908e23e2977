/** Plugins for `init` of `loki-beacon/core`; `loki-beacon` has them all. */
export { clicks } from './capture/clicks.ts'
export { consoleCapture } from './capture/consoleCapture.ts'
export { network } from './capture/network.ts'
export { sessionStart } from './capture/sessionStart.ts'
export type { Plugin, PluginHost, RecordDraft } from './plugin.ts'
