/** Plugins for `init` of `loki-beacon/core`; `loki-beacon` has them all. */

export { sessionStart } from './capture/sessionStart.ts'
export type { Plugin, PluginHost, RecordDraft } from './plugin.ts'
