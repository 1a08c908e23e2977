import { levels, searchText } from './record.js'

export function noFilters() {
  return { text: '', kind: '', app: '', session: '', fingerprint: '', levels: new Set(levels) }
}

/** Whether a record is to be shown. Words must all occur, in any order. What is no record, such as a restart, always is. */
export function matches(record, { text, kind, app, session, fingerprint, levels }) {
  if (record.marker) return true
  if (!levels.has(record.level)) return false
  if (kind && record.kind !== kind) return false
  if (app && record.app !== app) return false
  if (session && record.session !== session) return false
  if (fingerprint && record.fingerprint !== fingerprint) return false
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return words.every(word => searchText(record).includes(word))
}

export function isFiltering({ text, kind, app, session, fingerprint, levels: chosen }) {
  return text.trim() !== '' || [kind, app, session, fingerprint].some(Boolean) || chosen.size < levels.length
}
