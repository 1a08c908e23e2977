import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WireAccepted, WireRecord } from 'loki-beacon/wire'
import { waitFor } from '../../support/waitFor.ts'
import { type WireBatch, type WireClient, wireClient } from '../../support/wireClient.ts'
import type { Random } from './random.ts'

export interface LoadOptions {
  url: string
  /** Each page takes one of them, in turns. */
  keys: readonly string[]
  random: Random
  /** @defaultValue 8 */
  pages?: number
  /** Most records of a batch. @defaultValue 20 */
  maxRecords?: number
  /** Each is a stream of its own. @defaultValue `['log', 'event', 'exception']` */
  kinds?: readonly WireRecord['kind'][]
  /** Answers that make a page send again, beside 429 and 503. */
  alsoAgain?: readonly number[]
}

export interface Load {
  /** Those that were answered 202, in the order of the answers. */
  recordIds: readonly string[]
  /** How many requests ended how: `202`, `503 spool_full`, `cut` without an answer, `left` where the page did not learn it. */
  endings: ReadonlyMap<string, number>
  /** Waits until so many more records were accepted. */
  more(records: number): Promise<void>
  /** Pages make no more batches; resolves when all that they have made were accepted. */
  stop(): Promise<void>
  /** Pages are gone, with all that was not accepted. */
  abandon(): void
}

/**
 * So often a page does not learn how its request ended, and sends the same again: one half of them closes the connection
 * at some moment, to the other half the answer gets lost.
 */
const leaves = 0.05
/** So many bodies take their time, so that something is always under way. */
const slow = 0.2
const patienceMs = 180_000

/** Pages that log all the time, and send each batch until it is accepted. */
export function startLoad(options: LoadOptions): Load {
  const { url, keys, random, pages = 8, maxRecords = 20, alsoAgain = [] } = options
  const { kinds = ['log', 'event', 'exception'] } = options
  const recordIds: string[] = []
  const endings = new Map<string, number>()
  const gone = new AbortController()
  let over = false
  let fault: unknown
  const ended = Promise.all(
    Array.from({ length: pages }, (_, i) =>
      runPage(wireClient({ url, key: keys[i % keys.length]! }), random.fork()).catch(error => {
        fault = error
        over = true
      }),
    ),
  )

  return {
    recordIds,
    endings,
    async more(records) {
      const wanted = recordIds.length + records
      await waitFor(() => over || recordIds.length >= wanted, {
        timeoutMs: 60_000,
        everyMs: 5,
        what: `${records} more records to be accepted`,
      })
      if (fault) throw fault
    },
    async stop() {
      over = true
      await ended
      if (fault) throw fault
    },
    abandon() {
      over = true
      gone.abort()
    },
  }

  async function runPage(client: WireClient, ownRandom: Random): Promise<void> {
    while (!over) {
      const batch = client.batch(ownRandom.integer(1, maxRecords), record => {
        record.kind = ownRandom.pick(kinds)
      })
      await deliver(client, batch, ownRandom)
      recordIds.push(...batch.recordIds)
      await sleep(ownRandom.between(20, 180))
    }
  }

  async function deliver(client: WireClient, batch: WireBatch, ownRandom: Random): Promise<void> {
    const deadlineMs = performance.now() + patienceMs
    for (;;) {
      const leavesAfterMs = ownRandom.chance(leaves / 2) ? ownRandom.between(0, 30) : undefined
      const pauseMs = ownRandom.chance(slow) ? ownRandom.between(0, 300) : undefined
      const accepted = await attempt(client, batch, leavesAfterMs, pauseMs)
      const lost = ownRandom.chance(leaves / 2)
      if (accepted) note(lost ? 'left' : '202')
      if (accepted && !lost) return
      gone.signal.throwIfAborted()
      assert.ok(performance.now() < deadlineMs, `batch ${batch.id} was not accepted within ${patienceMs} ms`)
      await sleep(ownRandom.between(50, 250))
    }
  }

  /** @returns whether it was accepted, for all that the page knows. */
  async function attempt(
    client: WireClient,
    batch: WireBatch,
    leavesAfterMs: number | undefined,
    pauseMs: number | undefined,
  ): Promise<boolean> {
    let response: Response
    let text: string
    try {
      const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(leavesAfterMs ?? patienceMs)])
      response = await client.post(batch, { signal, pauseMs })
      text = await response.text()
    } catch {
      note(leavesAfterMs === undefined ? 'cut' : 'left')
      return false
    }
    if (response.status === 202) {
      const { accepted, duplicate, rejected } = JSON.parse(text) as WireAccepted
      assert.deepEqual(rejected, [])
      assert.ok([accepted, duplicate].includes(batch.recordIds.length), `of ${batch.recordIds.length}: ${text}`)
      return true
    }
    assert.ok([429, 503, ...alsoAgain].includes(response.status), `${response.status} ${text}`)
    const { error } = JSON.parse(text) as { error: { code: string } }
    note(`${response.status} ${error.code}`)
    return false
  }

  function note(ending: string): void {
    endings.set(ending, (endings.get(ending) ?? 0) + 1)
  }
}
