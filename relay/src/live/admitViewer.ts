import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { Request, RequestHandler } from 'express'
import { isFromHere } from '../fromHere.ts'

const onlyHere = `The live page shows what users did, so without a token it is for this machine alone, under an IP address, localhost or
a name without a dot. Either come through a tunnel:
  ssh -L 9464:127.0.0.1:9464 <the relay's machine>
and open http://127.0.0.1:9464/live/, or set RELAY_ADMIN_TOKEN (admin.token) and give it as the password.
`
const tokenWanted = 'Give the token of the relay (RELAY_ADMIN_TOKEN) as the password, with any user name.\n'

/**
 * Who may see the live page: whoever is on this machine, or, where there is a token, whoever has it. Browsers ask for it by
 * themselves (basic authentication) and send it with the page's scripts and its stream too, which no header of ours could do.
 */
export function admitViewer(token: string | undefined): RequestHandler {
  const expected = token === undefined ? undefined : digest(token)
  return (req, res, next) => {
    if (expected) {
      const given = tokenOf(req)
      if (given !== undefined && timingSafeEqual(digest(given), expected)) return next()
      res.status(401).set('WWW-Authenticate', 'Basic realm="loki-beacon live page", charset="UTF-8"')
      res.type('text/plain').send(tokenWanted)
      return
    }
    if (isFromHere(req) && isLocalName(req.headers.host ?? '')) return next()
    res.status(403).type('text/plain').send(onlyHere)
  }
}

/** Digests are of one length, so that comparing them takes one time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function tokenOf({ headers }: Request): string | undefined {
  const [, scheme = '', value = ''] = /^(basic|bearer) +(\S+)$/i.exec(headers.authorization ?? '') ?? []
  if (scheme.toLowerCase() === 'bearer') return value
  if (!scheme) return undefined
  const pair = Buffer.from(value, 'base64').toString('utf8')
  return pair.slice(pair.indexOf(':') + 1)
}

/**
 * Against DNS rebinding: a hostile page whose name is made to resolve to this address is of the same origin as the
 * live page and could read it. Such a name has a dot; an address, `localhost` or a name inside a private network has none.
 * With a token it would not help: browsers keep that for the origin that it was given to.
 * https://developer.mozilla.org/en-US/docs/Web/Security/Attacks/DNS_rebinding
 */
function isLocalName(hostHeader: string): boolean {
  const host = hostHeader.replace(/:\d+$/, '').toLowerCase()
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) !== 0 || !host.includes('.') || host.endsWith('.localhost')
}
