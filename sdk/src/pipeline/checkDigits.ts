/** What the card networks issue (prefix and length), roughly. */
const cardNetworks = /^(4\d{12}(\d{3}){0,2}|(5[1-5]|2[2-7]|35|6[045])\d{14}|3[47]\d{13}|3[068]\d{12}|62\d{14,17})$/

/** With the check digit of ISO/IEC 7812. */
export function isCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '')
  if (!cardNetworks.test(digits)) return false
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = +digits[digits.length - 1 - i]!
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}

/** How many characters of the text, up to its end or to a space, are a bank account number (IBAN); 0 for none. */
export function ibanChars(text: string): number {
  for (let end = text.length; end >= 15; end = text.lastIndexOf(' ', end - 1))
    if (isIban(text.slice(0, end).replace(/ /g, ''))) return end
  return 0
}

/** ISO 7064, mod 97-10: letters count from 10, and what stands first goes last. */
function isIban(account: string): boolean {
  if (account.length < 15) return false
  let rest = 0
  for (const char of account.slice(4) + account.slice(0, 4)) {
    const value = parseInt(char, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}
