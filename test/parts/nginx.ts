import { installDebian } from './debian.ts'
import { findExecutable, type Part } from './part.ts'

export const nginx: Part = {
  name: 'nginx',
  // Debian's is in a directory that is on the PATH of root alone.
  find: () => findExecutable([process.env.NGINX_BIN, 'nginx', '/usr/sbin/nginx']),
  install: context => installDebian(['nginx-light'], context),
  howToGet: 'install it (Debian: apt-get install nginx-light), or name it in NGINX_BIN; it need not run',
}
