import { installDebian } from './debian.ts'
import { findExecutable, type Part } from './part.ts'

export const fish: Part = {
  name: 'fish',
  find: () => findExecutable(['fish']),
  install: context => installDebian(['fish'], context),
  howToGet: 'install fish (Debian: apt-get install fish)',
}
