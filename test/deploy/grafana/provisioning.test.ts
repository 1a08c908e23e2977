import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { connectLoki } from '../../support/realLoki.ts'
import { visits } from '../knownVisits.ts'
import { startVisitedRelay } from '../visitedLoki.ts'

interface DataSources {
  datasources: {
    uid: string
    type: string
    jsonData: { derivedFields?: { matcherRegex: string; datasourceUid: string; url: string }[] }
  }[]
}

function read<T>(file: string): T {
  return parse(readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')) as T
}

test('the docs copy the dashboards to where Grafana is told to look', () => {
  const { providers } = read<{ providers: { options: { path: string } }[] }>(
    'deploy/grafana/provisioning/dashboards/loki-beacon.yaml',
  )
  const docs = readFileSync(new URL('../../../docs/grafana.md', import.meta.url), 'utf8')
  assert.equal(providers.length, 1)
  assert.ok(docs.includes(`cp deploy/grafana/dashboards/*.json ${providers[0]!.options.path}/`))
})

test('there is a data source of each type, and an open line leads to its session and its trace', async t => {
  const { datasources } = read<DataSources>('deploy/grafana/provisioning/datasources/loki-beacon.yaml')
  assert.deepEqual(
    datasources.map(({ type }) => type),
    ['loki', 'prometheus'],
  )
  const visited = await startVisitedRelay(t, await connectLoki())
  await visited.receive(visits)
  const counts: Record<string, [value: string, records: number]> = {
    session_id: ['s_cart', 8],
    trace_id: ['0af7651916cd43dd8448eb211c80319c', 1],
  }
  const fields = datasources[0]!.jsonData.derivedFields!
  assert.deepEqual(
    fields.map(({ matcherRegex }) => matcherRegex),
    Object.keys(counts),
  )
  for (const { matcherRegex, datasourceUid, url } of fields) {
    const [value, records] = counts[matcherRegex]!
    assert.equal(datasourceUid, datasources[0]!.uid)
    // In provisioning two dollars are one: https://grafana.com/docs/grafana/latest/administration/provisioning/
    assert.equal((await visited.ask(url.replace('$${__value.raw}', value))).length, records)
  }
})
