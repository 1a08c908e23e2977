import { randomBytes, randomInt } from 'node:crypto'

const letters = '0123456789abcdefghijklmnopqrstuvwxyz'
const keyChars = 12

/** A publishable key that nobody guesses, with the app's name for people: `pk_shop_4f7k2m9x0a3b`. */
export function freshKey(app: string): string {
  const name = app
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 40)
  const end = Array.from({ length: keyChars }, () => letters[randomInt(letters.length)]).join('')
  return ['pk', name, end].filter(Boolean).join('_')
}

/** As `openssl rand -base64 32` prints it. */
export function freshSecret(): string {
  return randomBytes(32).toString('base64')
}
