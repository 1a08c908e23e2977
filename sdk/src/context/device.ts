import type { WireContext } from '../wire.ts'

/** Name by what the user agent says, the more telling first: Edge also calls itself Chrome, and Chrome Safari. */
const browsers: [name: string, version: RegExp][] = [
  ['Edge', /Edg(?:e|A|iOS)?\/(\d+)/],
  ['Opera', /OPR\/(\d+)/],
  ['Samsung Internet', /SamsungBrowser\/(\d+)/],
  ['Firefox', /(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /(?:Chrome|CriOS)\/(\d+)/],
  ['Safari', /Version\/(\d+).*Safari/],
]
const systems: [name: string, sign: RegExp][] = [
  ['Windows', /Windows/],
  ['Android', /Android/],
  ['iOS', /iPhone|iPad|iPod/],
  ['macOS', /Mac OS X/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux/],
]

export type Device = Pick<WireContext, 'browser' | 'os' | 'mobile'>

/** Name and major version of the browser, the system, and whether it is a phone. */
export function describeDevice(userAgent: string, isMobile?: boolean): Device {
  const device: Device = { mobile: isMobile ?? /Mobi|Android/.test(userAgent) }
  for (const [name, version] of browsers) {
    const major = version.exec(userAgent)?.[1]
    if (major) {
      device.browser = `${name} ${major}`
      break
    }
  }
  const os = systems.find(([, sign]) => sign.test(userAgent))?.[0]
  if (os) device.os = os
  return device
}
