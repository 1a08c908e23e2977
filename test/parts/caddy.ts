import { installDebian } from './debian.ts'
import { findExecutable, type Part } from './part.ts'

export const caddy: Part = {
  name: 'Caddy',
  find: () => findExecutable([process.env.CADDY_BIN, 'caddy']),
  install: context => installDebian(['caddy'], context),
  howToGet: 'install it (Debian: apt-get install caddy), or name it in CADDY_BIN; it need not run',
}
