/** What a page needs: the same as in the README. */
export function scriptTag(relayUrl: string, key: string, app: string): string {
  const src = `${relayUrl.replace(/\/+$/, '')}/sdk/v1/loki-beacon.js`
  return `<script async src="${escapeAttribute(src)}" data-key="${escapeAttribute(key)}" data-app="${escapeAttribute(app)}"></script>`
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
