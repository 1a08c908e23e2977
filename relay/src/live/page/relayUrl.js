/** Where pages reach the relay, as far as the live page can tell. */
export function relayUrl(status) {
  return `${location.protocol}//${location.hostname}${status?.publicPort ? `:${status.publicPort}` : ''}`
}
