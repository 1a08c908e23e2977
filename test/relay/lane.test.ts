import assert from 'node:assert/strict'
import { test } from 'node:test'
import { laneApp, laneName, splitLane } from '../../relay/src/lane.ts'

test('tenant, labels and app of a lane are found again, whatever the labels hold', () => {
  const labels = { aaa: ', app="no", {app="no" \\', app: 'sh"op\\', myapp: 'no', kind: 'log' }
  const lane = laneName('acme', labels)
  assert.equal(splitLane(lane).tenant, 'acme')
  assert.equal(JSON.parse(`"${laneApp(lane)}"`), 'sh"op\\')
  assert.equal(laneApp(laneName('acme', { myapp: 'no' })), '')
})
