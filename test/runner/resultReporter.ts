import { resolve } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

/** What one `node --test` came to, as `runTests.ts` reads it. */
export interface TestResult {
  passed: number
  failures: string[]
  /** Skipped, or left to do: neither is allowed. */
  notRun: string[]
}

/** A reporter for `node --test` that writes one {@link TestResult} as JSON. */
export default async function* resultReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const result: TestResult = { passed: 0, failures: [], notRun: [] }
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    // A file that ends without reporting its tests is reported itself, by its path.
    const isFile = data.file === undefined || resolve(data.name) === data.file
    const name = isFile ? data.name : `${data.file}: ${data.name}`
    if (data.skip !== undefined || data.todo !== undefined) result.notRun.push(name)
    else if (type === 'test:pass') result.passed += isFile || data.details.type === 'suite' ? 0 : 1
    else if (!failedBelow(data.details.error)) result.failures.push(name)
  }
  yield JSON.stringify(result)
}

/** A test or suite that failed only because one inside of it did: that one is named. */
function failedBelow(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'failureType' in error && error.failureType === 'subtestsFailed'
}
