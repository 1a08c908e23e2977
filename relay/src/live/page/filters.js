import { levels, searchText } from './record.js'

export const noFilters = { text: '', kind: '', app: '', levels: new Set(levels) }

/** Whether a record is to be shown. Words must all occur, in any order. */
export function matches(record, { text, kind, app, levels }) {
  if (!levels.has(record.level)) return false
  if (kind && record.kind !== kind) return false
  if (app && record.app !== app) return false
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return words.every(word => searchText(record).includes(word))
}

export function isFiltering({ text, kind, app, levels: chosen }) {
  return text.trim() !== '' || kind !== '' || app !== '' || chosen.size < levels.length
}
