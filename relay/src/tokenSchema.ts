import { z } from 'zod'
import { boolean, option, text } from './configTypes.ts'

/** RFC 7518 wants a key of at least the digest's length: https://www.rfc-editor.org/rfc/rfc7518#section-3.2 */
export const minSecretBytes = 32
export const maxSecretBytes = 1024
export const secretHint = `at least ${minSecretBytes} characters, such as \`openssl rand -base64 32\` prints`
const secretError = `must be a text of ${secretHint}`

const secret = z
  .string({ error: secretError })
  .trim()
  .refine(value => isSecret(value), { error: secretError })
const file = z.string({ error: 'must be the path of a file' }).trim().min(1, { error: 'must be the path of a file' })

const tokenKey = z.strictObject(
  {
    kid: option(text(/^[A-Za-z0-9_.-]{1,64}$/, 'must be a text of up to 64 letters, digits and _ . -, in quotes'), {
      description: 'Name of the key, as it stands in the `kid` of the tokens that it has signed.',
    }),
    secret: option(secret.optional(), { description: 'A shared secret (HS256).', secret: true }),
    secretFile: option(file.optional(), { description: 'File with the shared secret.' }),
    publicKeyFile: option(file.optional(), {
      description:
        "PEM file with your backend's public key: Ed25519 (EdDSA) or P-256 (ES256). The relay can check its tokens but make none.",
    }),
  },
  { error: 'must be a key such as { kid: "2026-11", secretFile: /run/secrets/shop_token }' },
)

/** How an app's short-lived tokens are checked. */
export const token = z
  .strictObject(
    {
      required: option(boolean.prefault(true), {
        description: 'Refuse batches without a token. With `false`, a token that comes is checked all the same.',
      }),
      audience: option(text(/^[^\p{C}]{1,200}$/u, 'must be a text of up to 200 characters').optional(), {
        description: "What the token's `aud` must be; without it, the app's name.",
      }),
      secret: option(secret.optional(), {
        description: 'Secret shared with your backend, for tokens without `kid` (HS256), of 32 characters or more.',
        secret: true,
      }),
      secretFile: option(file.optional(), { description: 'File with that secret, in its place.' }),
      keys: option(
        z
          .array(tokenKey, { error: 'must be a list of keys, each with its kid' })
          .max(16, { error: 'must be at most 16 keys' })
          .prefault([]),
        {
          description: 'Keys by the `kid` of the token, so that one can be replaced. The first with a secret signs.',
          secret: true,
        },
      ),
    },
    { error: 'must be options such as { secretFile: /run/secrets/shop_token }' },
  )
  .optional()

export function isSecret(value: string): boolean {
  const bytes = Buffer.byteLength(value)
  return bytes >= minSecretBytes && bytes <= maxSecretBytes
}
