import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { errorTable } from '../../relay/src/errors.ts'
import { rejectedReasons } from '../../relay/src/outcomes.ts'
import { dropReasons } from '../../sdk/src/drops.ts'

const page = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8')
const sdkErrors = readFileSync(new URL('../../sdk/src/errors.ts', import.meta.url), 'utf8')

/** The codes are a type alone, so that they cost the bundle nothing. */
const sdkCodes = [.../export type BeaconErrorCode =((?:\s+\| '\w+')+)/.exec(sdkErrors)![1]!.matchAll(/'(\w+)'/g)].map(
  ([, code]) => code!,
)

const tables = {
  'sdk errors': sdkCodes,
  'drop reasons': dropReasons,
  'relay errors': Object.keys(errorTable),
  rejections: rejectedReasons,
}

for (const [marker, codes] of Object.entries(tables))
  test(`troubleshooting tells of all ${marker}, and of no others`, () => {
    const [, table = ''] = page.split(`<!-- ${marker} -->`)
    const rows = table.trim().split('\n\n')[0]!.split('\n').slice(2)
    const named = rows.flatMap(row => [...row.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, code]) => code!))
    assert.deepEqual(named.sort(), [...codes].sort())
    for (const row of rows) assert.equal(row.split('|').filter(cell => cell.trim()).length, 3, row)
  })
