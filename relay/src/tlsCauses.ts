/** Words of what went wrong, what they mean, and what to do about it; both without a full stop at their end. */
export type KnownCause = readonly [words: RegExp, cause: string, mend: string]

/** Why a secured connection does not come about, in the words of Node and OpenSSL, or by Node's codes. */
export const tlsCauses: readonly KnownCause[] = [
  [
    /wrong.version.number/i,
    'It speaks plain http there',
    'Write http:// instead of https://, or the port at which it speaks TLS',
  ],
  [/altname/i, 'Its certificate is for other names', 'Write the address with a name that is in its certificate'],
  [/has.expired|not.yet.valid/i, 'Its certificate is not valid today', 'Renew it, or set the clock of this machine'],
  [
    /self.signed|unable.to.(get|verify)/i,
    'Its certificate is of an authority that Node does not know',
    'Give Node that authority, or the certificate itself: NODE_EXTRA_CA_CERTS=/path/ca.pem',
  ],
  [
    /certificate|CERT_|TLS|SSL|EPROTO/i,
    'The connection can not be secured',
    'Compare what it demands of TLS with the words above',
  ],
]

/** The first of the causes that fits; `$1` in it is what its words caught. */
export function findCause(causes: readonly KnownCause[], reason: string): { cause: string; mend: string } | undefined {
  for (const [words, cause, mend] of causes) {
    const caught = words.exec(reason)
    if (!caught) continue
    const fill = (text: string) => text.replace('$1', () => caught[1] ?? '')
    return { cause: fill(cause), mend: fill(mend) }
  }
  return undefined
}
