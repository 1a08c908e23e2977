import type { RedactRule } from '../config.ts'
import { ibanChars, isCardNumber } from './checkDigits.ts'

export const redacted = '[redacted]'

/**
 * Each text that any rule, an address or a pair matches holds one of these characters, or is longer and has a sign of the
 * other kind: nearly all text has neither, and these searches are the cheapest that an engine has.
 */
const rareChars = /[@%="J_:]/
const minOtherChars = 13
const fourDigits = /\d{4}/
const otherSigns = /earer\s|asic\s|EARER|ASIC|A[KS]IA|AIza|glpat-|sk-|SG\.|xox|---BEGIN/

export function isSuspect(text: string): boolean {
  return rareChars.test(text) || (text.length >= minOtherChars && (fourDigits.test(text) || otherSigns.test(text)))
}

interface TextRule {
  /** Each text with a match matches it, and it is cheap. */
  sign: RegExp
  /**
   * Either bounded, or beginning where no match has begun before and taking all that it looks at: linear in the length
   * of any text. Without lookbehind, which Safari learned with 16.4.
   */
  pattern: RegExp
  /** What becomes of a match: itself, where a closer look says that it is none. */
  replace: (match: string, ...groups: string[]) => string
}

export const textRules: Record<Exclude<RedactRule, 'keys'>, TextRule> = {
  jwt: {
    sign: /eyJ/,
    pattern: /\beyJ[\w-]*(?:\.[\w-]*){0,4}/g,
    replace: match => (/^.{11,}?\..{4}/.test(match) ? redacted : match),
  },
  bearer: {
    sign: /earer\s|asic\s|EARER|ASIC/,
    pattern: /\b(bearer|basic)\s{1,4}([\w.~+/=-]{8,})/gi,
    replace: (match, scheme, token = '') =>
      /[\d_~+/=]/.test(token) || token.length > 23 || isBasic(token) ? `${scheme} ${redacted}` : match,
  },
  tokens: {
    sign: /[a-z]_|A[KS]IA|AIza|glpat-|sk-|SG\.|xox|---BEGIN/,
    pattern:
      /\b(?:A[KS]IA[A-Z\d]{16}\b|AIza[\w-]{35}|gh[pousr]_\w{36,}|github_pat_\w{22,}|glpat-[\w-]{20,}|gl(?:sa|c)_[\w=+/-]{32,}|npm_\w{36,}|sk-[\w-]{32,}|SG\.[\w-]{16,}\.[\w-]{20,}|xox[abeoprs]-[A-Za-z\d-]{16,}|[rs]k_(?:live|test)_\w{16,}|whsec_[\w+/=]{20,})|-----BEGIN [A-Z\d ]{0,60}PRIVATE KEY[\s\S]*?(?:-----END [A-Z\d ]{0,60}PRIVATE KEY(?: BLOCK)?-----|$)/g,
    replace: () => redacted,
  },
  email: {
    sign: /@|%40/,
    // Not `react@18.2.0.css`, `logo@2x.png`, `x@latest.css`, `pay@app.min.js`; but `jane@mail.example` in `jane@mail.example.png`.
    pattern:
      /[\w.%+\u00a1-\uffff-]{1,64}(?:@|%40)(?!\d+\.\d|(?:\d+x\.)?[\w-]{1,63}(?:\.min)?\.(?:css|html|json|wasm|png|jpe?g|gif|svg|webp|avif|ico|ttf|woff2?)(?!\.?[\w-]))(?:[a-z\d\u00a1-\uffff-]{1,63}\.){1,8}(?!(?:[cm]?[jt]sx?|map)\b)[a-z\u00a1-\uffff]{2,24}(?![\w-]|(?:\.[\w-]{1,63}){0,3}\.(?:[cm]?[jt]sx?|map)\b)/gi,
    replace: () => redacted,
  },
  card: {
    sign: /\d{4}/,
    pattern: /(^|[^\d.])([2-6]\d{3}(?:[ -]?\d){9,15})(?!\d)/g,
    replace: (match, before, digits = '') => (isCardNumber(digits) ? before + redacted : match),
  },
  iban: {
    sign: /[A-Z]\d\d/,
    pattern: /\b[A-Z]{2}\d\d(?: ?[A-Z\d]{4}){2,7}(?: ?[A-Z\d]{1,4})?\b/g,
    replace(match) {
      const chars = ibanChars(match)
      return chars > 0 ? redacted + match.slice(chars) : match
    },
  },
}

/** `user:password` in Base64: https://www.rfc-editor.org/rfc/rfc7617#section-2 */
function isBasic(token: string): boolean {
  try {
    return atob(token).includes(':')
  } catch {
    return false
  }
}
