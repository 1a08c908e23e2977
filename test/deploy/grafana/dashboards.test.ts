import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fillIn, linksOf, panelsOf, queryOfExplore, readDashboard, targetsOf, variablesOf } from './dashboards.ts'

for (const name of ['overview', 'relay'] as const) {
  const dashboard = readDashboard(name)
  const panels = panelsOf(dashboard)

  test(`${name}: each panel has a title of its own, a unit, and a description that says what to do`, () => {
    assert.ok(panels.length > 10)
    assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length)
    for (const { title, description, fieldConfig } of panels) {
      assert.ok(title)
      assert.ok(fieldConfig?.defaults.unit, `${title} has no unit`)
      assert.ok((description?.length ?? 0) > 40, `${title} has no description`)
    }
  })

  test(`${name}: panels stand beside each other, within the grid, and are numbered`, () => {
    const all = dashboard.panels ?? []
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length)
    const taken = new Set<string>()
    for (const { title, gridPos } of all) {
      const { x, y, w, h } = gridPos!
      assert.ok(x + w <= 24, `${title} reaches beyond the grid`)
      for (let column = x; column < x + w; column++)
        for (let line = y; line < y + h; line++) {
          assert.ok(!taken.has(`${column} ${line}`), `${title} covers another panel`)
          taken.add(`${column} ${line}`)
        }
    }
  })

  test(`${name}: it names no data source and no id of one Grafana, and knows each variable that it uses`, () => {
    const own = new Set(variablesOf(dashboard).map(variable => variable.name))
    const [dataSource] = variablesOf(dashboard).filter(({ type }) => type === 'datasource')
    assert.equal(dashboard.id, undefined)
    for (const panel of panels)
      for (const { expr, ...target } of targetsOf(panel)) {
        assert.deepEqual((target as { datasource?: object }).datasource, {
          type: dataSource!.query,
          uid: `\${${dataSource!.name}}`,
        })
        for (const [, variable] of expr.matchAll(/\$\{?(\w+)/g))
          assert.ok(own.has(variable!) || variable!.startsWith('__'), `${panel.title} uses $${variable}`)
      }
  })

  test(`${name}: each panel leads to Explore, with the data source and the time of the dashboard`, () => {
    const values = { loki: 'uid-loki', prometheus: 'uid-prometheus', __from: '1', __to: '2' }
    for (const panel of panels) {
      const [link] = linksOf(panel)
      const { datasource, range } = queryOfExplore(fillIn(link!.url, values))
      assert.match(datasource.uid, /^uid-/)
      assert.deepEqual(range, { from: '1', to: '2' })
    }
  })
}
