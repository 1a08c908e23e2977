import { spawnSync } from 'node:child_process'
import { installDebian } from './debian.ts'
import { findExecutable, type Part } from './part.ts'

/** Runs a program with a file system of its own. https://github.com/containers/bubblewrap */
export const bubblewrap: Part = {
  name: 'bubblewrap',
  find() {
    const program = findExecutable(['bwrap'])
    // Inside some containers it is there and may do nothing.
    return program && spawnSync(program, ['--ro-bind', '/', '/', 'true']).status === 0 ? program : undefined
  },
  install: context => installDebian(['bubblewrap'], context),
  howToGet: 'on Linux, install it (Debian: apt-get install bubblewrap), where user namespaces are allowed',
}
