import assert from 'node:assert/strict'
import type { WireRecord } from '../../sdk/src/wire.ts'
import { type SdkGlobals, statsOf } from '../browser/sdkPage.ts'
import type { Cases } from './hostileValues.ts'
import { assertHarmless, type Host, startSdk, waitForStats } from './hostPage.ts'

declare const lokiBeacon: SdkGlobals['lokiBeacon']

/** Logs each case between two neighbours; returns its record by its name, once all three are sure to be stored. */
export async function logEach(
  { page, intake, open }: Host,
  cases: Cases,
  log: (make: () => unknown, name: string) => void,
): Promise<Map<string, WireRecord>> {
  // An error of which nothing can be read is noise to others.
  await open(startSdk(intake, { noise: { useless: false } }))
  const thrown = await page.evaluate(`(${runEach})({ ${sourceOf(cases)} }, ${log})`)
  assert.deepEqual(thrown, [])
  const names = Object.keys(cases)
  await waitForStats(page, 'the answer', ({ pending }) => pending === 0)
  const { created, delivered } = await statsOf(page)
  assert.deepEqual([created, delivered], [names.length * 3, names.length * 3])
  const records = intake.stored.sort((a, b) => a.n - b.n)
  const neighbours = records.filter((_, index) => index % 3 !== 1).map(({ message }) => message)
  assert.deepEqual(
    neighbours,
    names.flatMap(name => [`before ${name}`, `after ${name}`]),
  )
  await assertHarmless(page)
  return new Map(names.map((name, index) => [name, records[index * 3 + 1]!]))
}

export function sourceOf(cases: Cases): string {
  return Object.entries(cases)
    .map(([name, { make }]) => `${JSON.stringify(name)}: ${make}`)
    .join()
}

/** Runs in the page. Returns the names of those that threw. */
function runEach(makers: Record<string, () => unknown>, log: (make: () => unknown, name: string) => void): string[] {
  const thrown: string[] = []
  for (const [name, make] of Object.entries(makers)) {
    lokiBeacon.info(`before ${name}`)
    try {
      log(make, name)
    } catch (error) {
      thrown.push(`${name}: ${error}`)
    }
    lokiBeacon.info(`after ${name}`)
  }
  return thrown
}
