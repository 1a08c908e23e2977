import { installDebian } from './debian.ts'
import { findExecutable, type Part } from './part.ts'

const names = ['firefox-esr', 'firefox', '/Applications/Firefox.app/Contents/MacOS/firefox']

export const firefox: Part = {
  name: 'Firefox',
  find: () => findExecutable([process.env.FIREFOX_BIN, ...names]),
  install: context => installDebian(['firefox-esr'], context),
  howToGet: 'install Firefox (Debian: apt-get install firefox-esr), or name it in FIREFOX_BIN',
}
