import { globSync } from 'node:fs'
import { installDebian } from './debian.ts'
import { findExecutable, type Part } from './part.ts'

/** WebKitGTK's own small browser comes with the library, away from the PATH: Debian, Arch; Fedora. */
const browserFiles = [
  '/usr/lib/*/webkit2gtk-4.1/MiniBrowser',
  '/usr/lib/*/webkitgtk-6.0/MiniBrowser',
  '/usr/lib/webkit{2gtk-4.1,gtk-6.0}/MiniBrowser',
  '/usr/libexec/webkit{2gtk-4.1,gtk-6.0}/MiniBrowser',
]

/** The engine of Safari, as WebKitGTK: its driver, its browser, and a screen in memory, since it has no headless mode. */
export const webkit: Part = {
  name: 'WebKit',
  find: () => findWebkit()?.browser,
  install: context => installDebian(['webkit2gtk-driver', 'xvfb'], context),
  howToGet:
    'install WebKitGTK with its MiniBrowser and WebKitWebDriver, and Xvfb (Debian, Ubuntu: apt-get install ' +
    'webkit2gtk-driver xvfb), or name the MiniBrowser in WEBKIT_BIN',
}

export interface WebkitPrograms {
  driver: string
  browser: string
  display: string
}

export function findWebkit(): WebkitPrograms | undefined {
  const driver = findExecutable(['WebKitWebDriver'])
  const display = findExecutable(['Xvfb'])
  if (!driver || !display) return undefined
  const browser = findExecutable([process.env.WEBKIT_BIN, ...browserFiles.flatMap(pattern => globSync(pattern))])
  return browser === undefined ? undefined : { driver, browser, display }
}
