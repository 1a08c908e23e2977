/** Longest address kept, in characters. */
const maxChars = 2048
/** To the end of an address in a text. An apostrophe is part of it, as in `?name=O'Neil`, unless it closes a quotation. */
const rest = /[^\s"'<>]*(?:'(?![\s"'<>`)\]},.;:!?\\]|$)[^\s"'<>]*)*/.source
const absoluteAddress = new RegExp(`://${rest}`, 'g')
const dataAddress = new RegExp(`\\b(data:\\w{1,20}/[\\w.+-]{1,60})[;,]${rest}`, 'g')

export interface Addresses {
  /** A whole address, relative ones too: absolute, without credentials, and without query and fragment but for what is allowed. */
  show(address: string): string
  /** The same for each absolute address within a text. */
  showIn(text: string): string
}

/**
 * Takes out of addresses what often holds personal data or secrets. `allowed` names the parameters that stay, and with
 * `#` the fragment where it is a route (`#/cart`); undefined lets all of query and fragment stay. The text of an address
 * is all that is read, so that a malformed one is no trouble, and each is read once, so that a long one is none either.
 */
export function createAddresses(allowed: readonly string[] | undefined): Addresses {
  return {
    show(address) {
      const [media] = /^(?:data:[^,;]*|javascript:)/i.exec(address) ?? []
      if (media !== undefined) return media.slice(0, maxChars)
      const absolute = /^[a-z][a-z\d+.-]*:/i.test(address) ? address : resolve(address)
      const [, scheme = '', rest = ''] = /^((?:[^/?#]*:)?\/\/)?(.*)$/s.exec(absolute) ?? []
      return (scheme + strip(rest, scheme)).slice(0, maxChars)
    },
    showIn(text) {
      return text
        .replace(absoluteAddress, found => {
          // Behind an address in a text may stand its place in a script (`:12:34`), and the text's own punctuation: in a
          // stack the code of an `eval` within another ends with as many brackets.
          const [end] = /(?::\d{1,9}){0,2}[)\]},.;:!\\]{0,9}$/.exec(found)!
          return `://${strip(found.slice(3, found.length - end.length), '://')}${end}`
        })
        .replace(dataAddress, '$1')
    },
  }

  function strip(address: string, scheme: string): string {
    const [, path = '', query = '', fragment = ''] = /^([^?#]*)(\?[^#]*)?(.*)$/s.exec(address)!
    return (scheme ? path.replace(/^[^/]*@/, '') : path) + filter(query) + filterFragment(fragment)
  }

  function filterFragment(fragment: string): string {
    if (!allowed || !fragment) return fragment
    const [, route = '', query = ''] = /^(#!?\/[^?]*)(\?.*)?$/s.exec(fragment) ?? []
    return allowed.includes('#') ? route + filter(query) : ''
  }

  function filter(query: string): string {
    if (!allowed) return query
    const kept = query
      .slice(1)
      .split('&')
      .filter(parameter => allowed.includes(parameter.split('=', 1)[0]!))
    return kept.length > 0 ? `?${kept.join('&')}` : ''
  }
}

/** What the browser would take it for; as it is where there is no telling. */
function resolve(address: string): string {
  try {
    return new URL(address, document.baseURI).href
  } catch {
    return address
  }
}
