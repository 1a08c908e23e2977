import { element } from './element.js'
import { recentRefusals, refusalNotice } from './statusBar.js'

/** What a newcomer sees before the first record: the next steps, and whoever was refused meanwhile. */
export function emptyState(status) {
  if (!status)
    return [element('h2', { text: 'No records yet' }), element('p', { text: 'Waiting for the relay to answer.' })]
  const refusals = recentRefusals(status)
  return [
    element('h2', { text: 'Nothing has arrived yet' }),
    element('p', { text: 'The relay is listening. Records appear here the moment they are on its disk.' }),
    ...(refusals.length > 0
      ? [element('h3', { text: 'Turned away' }), ...refusals.slice(0, 10).map(refusalNotice)]
      : []),
    element('h3', { text: 'Send the first one' }),
    ...status.apps.slice(0, 3).flatMap(app => steps(app, status.publicPort)),
  ]
}

function steps({ name, key, origins }, publicPort) {
  const relay = `${location.protocol}//${location.hostname}${publicPort ? `:${publicPort}` : ''}`
  return [
    element(
      'ol',
      { class: 'steps' },
      element(
        'li',
        {},
        'Put this line into a page of ',
        element('strong', { text: name }),
        ':',
        snippet(scriptTag(relay, key, name)),
      ),
      element('li', {}, 'Serve that page from an allowed origin: ', ...codes(origins)),
      element(
        'li',
        {},
        'Log something, in the console of the browser for a start:',
        snippet("lokiBeacon.info('hello from my page')"),
      ),
    ),
  ]
}

function codes(origins) {
  if (origins.length === 0) return [element('em', { text: 'none is configured, set RELAY_ORIGINS' })]
  return origins.slice(0, 8).flatMap((origin, index) => [index > 0 ? ', ' : '', element('code', { text: origin })])
}

function snippet(text) {
  return element('pre', { tabindex: '0', text })
}

function scriptTag(relay, key, name) {
  return `<script async src="${relay}/sdk/v1/loki-beacon.js" data-key="${key}" data-app="${name}"></script>`
}
