import { globSync } from 'node:fs'
import { installDebian } from './debian.ts'
import type { Part } from './part.ts'

/** Gives one process a wall clock of its own. https://github.com/wolfcw/libfaketime */
export const libfaketime: Part = {
  name: 'libfaketime',
  find: () => process.env.LIBFAKETIME || globSync('/usr/{lib,lib64,local/lib}/{,*/}faketime/libfaketime.so.1')[0],
  install: context => installDebian(['libfaketime'], context),
  howToGet: 'on Linux, install it (Debian: apt-get install libfaketime), or name libfaketime.so.1 in LIBFAKETIME',
}
