import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectLoki } from '../../support/realLoki.ts'
import { noCart, visits } from '../knownVisits.ts'
import { closeTo, startVisitedRelay } from '../visitedLoki.ts'
import { event, exception, request, vitals } from '../visitRecords.ts'
import { fillIn, linksOf, panelsOf, queryOfExplore, readDashboard, targetsOf, variablesOf } from './dashboards.ts'
import { latestErrors, overviewAnswers } from './overview.expected.ts'

const overview = readDashboard('overview')
const panels = panelsOf(overview)
const allReleases = String(variablesOf(overview).find(({ name }) => name === 'release')!.query)
const allEnvs = variablesOf(overview).find(({ name }) => name === 'env')!.allValue!
const shop = { app: 'shop', env: allEnvs, release: allReleases, __range: '1h', __auto: '1h' }

test('the overview answers what is known of four visits', async t => {
  const loki = await connectLoki()
  const visited = await startVisitedRelay(t, loki)
  await visited.receive(visits)

  await t.test('each panel, each query', async () => {
    const metricPanels = panels.filter(({ type }) => type !== 'logs')
    assert.deepEqual(
      metricPanels.map(({ title }) => title),
      Object.keys(overviewAnswers),
    )
    for (const panel of metricPanels) {
      const answers = await Promise.all(targetsOf(panel).map(({ expr }) => visited.ask(fillIn(expr, shop))))
      closeTo(answers, overviewAnswers[panel.title!], panel.title)
    }
  })

  await t.test('the panel of lines', async () => {
    const [panel] = panels.filter(({ type }) => type === 'logs')
    const lines = await visited.ask(fillIn(targetsOf(panel!)[0]!.expr, shop))
    assert.deepEqual(
      lines.map(([, line]) => line),
      latestErrors,
    )
  })

  await t.test('app, environment and release choose', async () => {
    const errors = targetsOf(panels.find(({ title }) => title === 'Errors')!)[0]!.expr
    const ask = async (chosen: object) => (await visited.ask(fillIn(errors, { ...shop, ...chosen })))[0]![1]
    assert.equal(await ask({ release: '1.5.0' }), 5)
    assert.equal(await ask({ release: '1.4.2|1.5.0' }), 6)
    assert.equal(await ask({ env: 'production' }), 6)
    assert.equal(await ask({ env: 'staging' }), 0)
    assert.equal(await ask({ app: 'blog', env: 'staging' }), 1)
  })

  await t.test('an app whose release is a label is answered the same', async () => {
    const [sessions, , , crashFree] = targetsOf(panels.find(({ title }) => title === 'Releases')!)
    const ask = (expr: string, release: string) => visited.ask(fillIn(expr, { ...shop, app: 'blog', release }))
    assert.deepEqual(await ask(sessions!.expr, '9.0.0'), [[{ release: '9.0.0' }, 1]])
    assert.deepEqual(await ask(sessions!.expr, '9.0.2'), [])
    // One without any error is not left out.
    assert.deepEqual(await ask(crashFree!.expr, allReleases), [
      [{ release: '9.0.0' }, 0],
      [{ release: '9.0.1' }, 1],
    ])
  })

  await t.test('the variables list what there is', async () => {
    const values = async (name: string) => {
      const variable = variablesOf(overview).find(known => known.name === name)!
      const { label, stream } = variable.query as { label: string; stream: string }
      const query = new URLSearchParams({ query: fillIn(stream, shop) })
      const response = await fetch(`${loki.url}/loki/api/v1/label/${label}/values?${query}`, {
        headers: { 'X-Scope-OrgID': visited.tenant },
      })
      return ((await response.json()) as { data: string[] }).data
    }
    assert.deepEqual(await values('app'), ['blog', 'shop'])
    assert.deepEqual(await values('env'), ['production'])
  })

  await t.test('each link to Explore shows records', async () => {
    const cells = { fingerprint: noCart, source: 'https://shop.example/chunk.js', host: 'api.shop.example' }
    const fields = Object.fromEntries(Object.entries(cells).map(([name, value]) => [`__data.fields.${name}`, value]))
    const links = panels.flatMap(panel => linksOf(panel).map(link => ({ panel: panel.title, ...link })))
    const explored = links.filter(({ url }) => url.startsWith('/explore'))
    assert.equal(explored.length, panels.length + Object.keys(cells).length)
    for (const { panel, title, url } of explored) {
      const { expr } = queryOfExplore(fillIn(url, { ...shop, ...fields }))
      const found = await visited.ask(expr)
      if (/^(INP|CLS|FCP|TTFB) p75/.test(panel!))
        assert.deepEqual(found, [], `${panel}: ${title}: none of them was poor`)
      else assert.ok(found.length > 0, `${panel}: ${title}: ${expr}`)
      if (expr.includes('fingerprint="')) assert.equal(found.length, 5)
    }
  })

  await t.test('a click on a release chooses it', () => {
    const [, link] = linksOf(panels.find(({ title }) => title === 'Releases')!)
    const url = fillIn(link!.url, { '__data.fields.release': '1.5.0+a b' })
    assert.match(url, /^\/d\/loki-beacon-overview\?/)
    assert.equal(new URL(url, 'https://grafana.example').searchParams.get('var-release'), '1.5.0+a b')
    assert.equal(overview.uid, 'loki-beacon-overview')
  })
})

test('with 520 visitors no panel meets the limit of 500 series that Loki has by default', async t => {
  const visited = await startVisitedRelay(t, await connectLoki())
  await visited.receive(
    Array.from({ length: 520 }, (_, i) => ({
      key: 'pk_shop',
      minutesAgo: 5,
      context: {
        session: `s_${i}`,
        release: '1.5.0',
        url: 'https://shop.example/cart',
        user: { id: `u_${i}` },
        browser: 'Chrome 156',
      },
      records: [
        event('session_start'),
        ...vitals({ lcp: 1000 + i, inp: 100, cls: 0, fcp: 500, ttfb: 100 }),
        request('GET', `/v1/orders/${1000 + i}`, { status: 503, durationMs: 80 + i, reason: 'status' }, 'error'),
        exception(noCart, 'TypeError', `no cart ${i}`, { sessionFirstError: true }),
      ],
    })),
  )
  for (const panel of panels)
    for (const { expr } of targetsOf(panel))
      await assert.doesNotReject(visited.ask(fillIn(expr, shop)), `${panel.title}: ${expr}`)
  const users = 'count(sum by (user_id) (count_over_time({app="shop", kind="exception"} [1h])))'
  await assert.rejects(visited.ask(users), /maximum number of series \(500\)/)
})
