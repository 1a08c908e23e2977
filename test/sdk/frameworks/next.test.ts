import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordTransitions, withLokiBeacon } from '../../../sdk/src/frameworks/next.ts'
import { createRecordingLogger } from '../../support/recordingLogger.ts'

const own = { source: '/telemetry/:path*', destination: 'https://logs.example.com/:path*' }
const other = { source: '/a', destination: '/b' }
const relay = 'https://logs.example.com/'

test('the rewrite to the relay comes first, and all others stay, in whatever form', async () => {
  const rewritesOf = (given: object | undefined) =>
    withLokiBeacon({ rewrites: given && (async () => given) }, { relay }).rewrites()
  assert.deepEqual(await rewritesOf(undefined), [own])
  assert.deepEqual(await rewritesOf([other]), [own, other])
  assert.deepEqual(await rewritesOf({ fallback: [other] }), { fallback: [other], beforeFiles: [own] })
  assert.deepEqual(await rewritesOf({ beforeFiles: [other] }), { beforeFiles: [own, other] })
})

test('the rest of the configuration stays, and the path can be chosen', async () => {
  const config = withLokiBeacon({ reactStrictMode: true }, { relay, path: '/t' })
  assert.equal(config.reactStrictMode, true)
  assert.deepEqual(await config.rewrites(), [{ ...own, source: '/t/:path*' }])
})

test('a configuration in any form that Next takes keeps its form, and what Next hands to it', async () => {
  const phase = 'phase-production-build'
  const expected = { distDir: phase, rewrites: [own, other] }
  const config = (distDir: string) => ({ distDir, rewrites: async () => [other] })
  const read = async (given: Promise<{ rewrites: () => Promise<unknown> }>) => {
    const taken = await given
    return { ...taken, rewrites: await taken.rewrites() }
  }
  const fromFunction = withLokiBeacon(config, { relay })(phase)
  assert.equal(fromFunction.distDir, phase)
  assert.deepEqual(await read(Promise.resolve(fromFunction)), expected)
  assert.deepEqual(await read(withLokiBeacon(Promise.resolve(config(phase)), { relay })), expected)
  const asyncFunction = async (first: string, { defaultConfig }: { defaultConfig: object }) => ({
    ...defaultConfig,
    ...config(first),
  })
  const fromAsync = withLokiBeacon(asyncFunction, { relay })(phase, { defaultConfig: { reactStrictMode: true } })
  assert.deepEqual(await read(fromAsync), { reactStrictMode: true, ...expected })
})

test('transitions are events with the path alone', () => {
  const log = createRecordingLogger()
  recordTransitions(log)('/cart?token=secret#top', 'push')
  assert.deepEqual(log.calls, [['event', 'router_transition_start', { to: '/cart', navigationType: 'push' }]])
})
