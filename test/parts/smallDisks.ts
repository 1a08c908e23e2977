import { spawnSync } from 'node:child_process'
import { findExecutable, type Part } from './part.ts'

/** Mounts a small file system where nobody else sees it. https://man7.org/linux/man-pages/man1/unshare.1.html */
export const smallDisks: Part = {
  name: 'small disks',
  find() {
    const program = findExecutable(['unshare'])
    // In some containers it is there and may do nothing.
    const probe = ['--user', '--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp']
    return program && spawnSync(program, probe).status === 0 ? program : undefined
  },
  install: async () => {},
  howToGet: 'on Linux, unshare and nsenter (Debian: apt-get install util-linux), where user namespaces are allowed',
}
