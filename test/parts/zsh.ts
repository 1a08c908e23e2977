import { installDebian } from './debian.ts'
import { findExecutable, type Part } from './part.ts'

export const zsh: Part = {
  name: 'zsh',
  find: () => findExecutable(['zsh']),
  install: context => installDebian(['zsh'], context),
  howToGet: 'install zsh (Debian: apt-get install zsh)',
}
