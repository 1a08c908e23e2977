import { readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import fc from 'fast-check'

/** Bad inputs of all fuzz tests together. */
const inputs = process.env.LONG ? 50_000 : 3000
/** `SEED`, and `RUN_PATH` out of the report of a failure, make the same again. */
const seed = Number(process.env.SEED) || Math.trunc(Math.random() * 2 ** 31)

export interface FuzzOptions {
  /** Of all inputs, so much is spent here. */
  share: number
  /** Inputs in one run. @defaultValue 1 */
  perRun?: number
}

/** Holds the property against its share of inputs, and says how to do it again. */
export async function fuzz<T>(
  t: TestContext,
  { share, perRun = 1 }: FuzzOptions,
  input: fc.Arbitrary<T>,
  holds: (input: T) => Promise<void> | void,
): Promise<void> {
  const numRuns = Math.ceil((inputs * share) / perRun)
  t.diagnostic(`SEED=${seed}, ${numRuns * perRun} inputs`)
  const property = fc.asyncProperty(input, async value => holds(value))
  await fc.assert(property, { seed, numRuns, path: process.env.RUN_PATH, endOnFailure: !process.env.SHRINK })
}

/** Inputs of a kind that once were, or easily could be, trouble: the fuzz begins where they end. */
export function corpus<T = string>(name: 'bodies' | 'heads' | 'configs'): [T, ...T[]] {
  return JSON.parse(readFileSync(new URL(`corpus/${name}.json`, import.meta.url), 'utf8'))
}
