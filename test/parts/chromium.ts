import { installDebian } from './debian.ts'
import { findExecutable, type Part } from './part.ts'

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

export const chromium: Part = {
  name: 'Chromium',
  find: () => findExecutable([process.env.CHROMIUM_BIN, ...names]),
  install: context => installDebian(['chromium'], context),
  howToGet: 'install Chromium or Chrome (Debian, Ubuntu: apt-get install chromium), or name it in CHROMIUM_BIN',
}
