import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeDevice } from '../../../sdk/src/context/device.ts'

const mozilla = 'Mozilla/5.0'
const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)'

const agents: [agent: string, browser: string | undefined, os: string | undefined, mobile: boolean][] = [
  [`${mozilla} (X11; Linux x86_64) ${webkit} Chrome/156.0.0.0 Safari/537.36`, 'Chrome 156', 'Linux', false],
  [`${mozilla} (X11; Linux x86_64) ${webkit} HeadlessChrome/156.0.0.0 Safari/537.36`, 'Chrome 156', 'Linux', false],
  [
    `${mozilla} (Windows NT 10.0; Win64; x64) ${webkit} Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0`,
    'Edge 156',
    'Windows',
    false,
  ],
  [
    `${mozilla} (Windows NT 10.0; Win64; x64) ${webkit} Chrome/150.0.0.0 Safari/537.36 OPR/118.0.0.0`,
    'Opera 118',
    'Windows',
    false,
  ],
  [`${mozilla} (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.0`, 'Firefox 153', 'Windows', false],
  [`${mozilla} (Linux; Android 10; K) ${webkit} Chrome/156.0.0.0 Mobile Safari/537.36`, 'Chrome 156', 'Android', true],
  [
    `${mozilla} (Linux; Android 13; SM-S901B) ${webkit} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
    'Samsung Internet 28',
    'Android',
    true,
  ],
  [
    `${mozilla} (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1`,
    'Safari 26',
    'iOS',
    true,
  ],
  [
    `${mozilla} (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/156.0 Mobile/15E148 Safari/604.1`,
    'Chrome 156',
    'iOS',
    true,
  ],
  [
    `${mozilla} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15`,
    'Safari 26',
    'macOS',
    false,
  ],
  [`${mozilla} (X11; CrOS x86_64 14541.0.0) ${webkit} Chrome/156.0.0.0 Safari/537.36`, 'Chrome 156', 'ChromeOS', false],
  ['curl/8', undefined, undefined, false],
]

test('the user agent gives the browser with its major version, the system and whether it is a phone', () => {
  for (const [agent, browser, os, mobile] of agents) {
    const device = describeDevice(agent)
    assert.deepEqual([device.browser, device.os, device.mobile], [browser, os, mobile], agent)
  }
})

test('what the browser says of itself about being a phone wins', () => {
  assert.equal(describeDevice(agents[5]![0], false).mobile, false)
})
