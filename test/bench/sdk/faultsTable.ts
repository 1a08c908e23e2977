import type { Contender } from './contenders.ts'
import { measureFaults, type Outcome, recordsPerFault } from './faults.ts'

/** What a server has in the end of 100 records that a page logged, SDK by SDK. */
export async function faultsTable(contenders: readonly Contender[]): Promise<string[]> {
  const row = (name: string, cells: readonly string[]) =>
    [name.padEnd(48), ...cells.map(each => each.padStart(15))].join('')
  const outcomes = await measureFaults(contenders)
  return [
    row(
      `stored, of ${recordsPerFault} records`,
      contenders.map(({ name }) => name),
    ),
    ...Object.entries(outcomes).map(([name, ofEach]) => row(`  ${name}`, ofEach.map(describe))),
    '"+ 5" were stored a second time: the server has no way to know them.',
  ]
}

function describe({ stored, storedAgain }: Outcome): string {
  return storedAgain > 0 ? `${stored} + ${storedAgain}` : String(stored)
}
