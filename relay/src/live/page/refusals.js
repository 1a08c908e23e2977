/** A refusal older than this is history: the configuration may have been mended since. */
const freshMs = 10 * 60_000

/** What a refused caller can be helped with, by the code of the answer. */
const hints = {
  origin_not_allowed: ({ origin, key }, apps) => {
    if (origin === undefined)
      return {
        text: 'It sent no origin, as programs do that are no browsers. Only an app whose origins are * takes those.',
      }
    if (origin === 'null')
      return { text: 'The page has no origin of its own: a file:// address or a sandboxed frame. Serve it over http.' }
    const app = apps.find(({ key: own }) => own === key) ?? apps[0]
    const wanted = [...(app?.origins ?? []), origin]
    if (app?.file)
      return {
        text: `Allow this origin for ${app.name} in ${app.file}, which is taken up within two seconds, and load the page again:`,
        code: `origins: ${JSON.stringify(wanted)}`,
      }
    return {
      text: `Allow this origin for ${app?.name ?? 'the app'}, start the relay again, and load the page again:`,
      code: `RELAY_ORIGINS=${wanted.join(',')}`,
    }
  },
  unknown_key: (_refusal, apps) => ({
    text: 'No app has this key, or it is disabled. Give the page one of these:',
    code: apps.map(({ name, key }) => `data-key="${key}"  (${name})`).join('\n'),
  }),
  token_required: () => ({ text: 'The app demands a token and the page sent none: give init() a getToken.' }),
  token_invalid: () => ({
    text: 'The token was not accepted: compare its secret, audience and life with the configuration of the app.',
  }),
  rate_limited: () => ({ text: 'Over the limits of the app. Its records wait in the browsers and come later.' }),
  invalid_batch: () => ({
    text: 'The body is no batch of this protocol: something else posts here, or an SDK of another major version.',
  }),
  too_large: () => ({
    text: 'Larger than the relay takes (limits.maxBodyBytes). The SDK splits it and sends the parts.',
  }),
  spool_full: () => ({ text: 'The spool is full. Browsers keep their records until there is room.' }),
  overloaded: () => ({ text: 'Too much at once. Browsers keep their records and come back.' }),
}

export function recentRefusals(status) {
  return (status?.refusals ?? []).filter(refusal => status.nowMs - refusal.lastAtMs < freshMs)
}

/** What to do about a refused caller: words, and perhaps something to copy. */
export function hintOf(refusal, apps) {
  return Object.hasOwn(hints, refusal.code) ? hints[refusal.code](refusal, apps) : undefined
}
