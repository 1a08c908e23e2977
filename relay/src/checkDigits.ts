/** What the card networks have issued (prefix and length), with the check digit of ISO/IEC 7812. */
const cardNetworks =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}|62\d{14,17})$/

export function isCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '')
  if (!cardNetworks.test(digits)) return false
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}

/** Characters of an account number by country: https://www.swift.com/standards/data-standards/iban-international-bank-account-number */
const ibanLengths = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map(entry => [entry.slice(0, 2), Number(entry.slice(2))]),
)

/** How many characters of the text, spaces included, are a bank account number at its beginning; 0 for none. */
export function ibanChars(text: string): number {
  const length = ibanLengths.get(text.slice(0, 2))
  if (length === undefined) return 0
  let end = 0
  for (let left = length; left > 0; end++) {
    if (end === text.length) return 0
    if (text[end] !== ' ') left--
  }
  const compact = text.slice(0, end).replaceAll(' ', '')
  // ISO 7064, mod 97-10: letters count from 10, and what stands first goes last.
  const digits = (compact.slice(4) + compact.slice(0, 4)).replace(/[A-Z]/g, letter => String(parseInt(letter, 36)))
  return BigInt(digits) % 97n === 1n && !/^[A-Z0-9]/.test(text.slice(end)) ? end : 0
}
