import { noFilters } from './filters.js'
import { levels } from './record.js'

export const views = ['records', 'errors', 'vitals', 'relay']
const texts = ['text', 'kind', 'app', 'session', 'fingerprint']

/**
 * What the part of the address behind `#` asks for, such as `#session=4f1c` or `#view=errors&app=shop`: a link to
 * the live page can name a view, filters, and one record. The server never gets it.
 */
export function readAddress(hash) {
  const asked = new URLSearchParams(hash.replace(/^#/, ''))
  const filters = noFilters()
  for (const name of texts) filters[name] = asked.get(name) ?? ''
  const chosen = (asked.get('levels') ?? '').split(',').filter(level => levels.includes(level))
  if (chosen.length > 0) filters.levels = new Set(chosen)
  const view = asked.get('view')
  return { view: views.includes(view) ? view : 'records', filters, record: asked.get('record') ?? '' }
}

/** The address that `readAddress` reads again; what is as usual is left out. */
export function writeAddress({ view, filters, record }) {
  const asked = new URLSearchParams()
  if (view !== 'records') asked.set('view', view)
  for (const name of texts) if (filters[name]) asked.set(name, filters[name])
  if (filters.levels.size < levels.length) asked.set('levels', levels.filter(level => filters.levels.has(level)).join())
  if (record) asked.set('record', record)
  return asked.size > 0 ? `#${asked}` : ''
}
