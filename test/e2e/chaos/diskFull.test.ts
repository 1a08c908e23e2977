import { setTimeout as sleep } from 'node:timers/promises'
import { connectLoki } from '../../support/realLoki.ts'
import { readFigures } from '../../support/recordFigures.ts'
import { startSmallDisk } from '../../support/smallDisk.ts'
import { waitFor } from '../../support/waitFor.ts'
import { chaos, startChaos } from './chaosRun.ts'

const mib = 1024 ** 2
const timing = { timeoutMs: 30_000, everyMs: 100 }

chaos(
  'a full disk: pages are told 503 and keep what they have, nothing accepted is lost, and all goes on after',
  async round => {
    const { t, random, say } = round
    const disk = await startSmallDisk(t, 128 * mib)
    const { relay, load, end } = await startChaos(round, {
      loki: await connectLoki(),
      relay: { dataDir: `${disk.dir}/data`, within: disk.within },
    })
    const refused = () => load.endings.get('503 spool_full') ?? 0
    for (let spell = 1; spell <= 3; spell++) {
      await load.more(random.integer(200, 1500))
      // Nothing at all in the last one, so that no round is without it.
      const leftBytes = spell === 3 ? 0 : random.pick([0, random.integer(0, 30) * 4096, 8 * mib])
      disk.fill(leftBytes)
      say(`${leftBytes} bytes left after ${load.recordIds.length} records`)
      const refusals = refused()
      await waitFor(() => refused() > refusals, { ...timing, what: 'a page to be refused' })
      if (leftBytes >= mib)
        await waitFor(async () => (await readFigures(relay)).pending === 0, {
          ...timing,
          what: 'it to drain all the same',
        })
      if (random.chance(0.5)) {
        say('killed while it is full')
        await relay.kill('SIGKILL')
        await relay.restart()
      }
      await sleep(random.between(0, 3000))
      disk.clear()
    }
    await load.more(200)
    await end()
  },
)
