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

test('transitions are events with the path alone', () => {
  const log = createRecordingLogger()
  recordTransitions(log)('/cart?token=secret#top', 'push')
  assert.deepEqual(log.calls, [['event', 'router_transition_start', { to: '/cart', navigationType: 'push' }]])
})
