import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectLoki } from '../../support/realLoki.ts'
import { tempDir } from '../../support/tempDir.ts'
import { waitFor } from '../../support/waitFor.ts'
import { chaos, startChaos } from './chaosRun.ts'
import type { Random } from './random.ts'

const keys = ['pk_one', 'pk_two', 'pk_three']

chaos(
  'a configuration that changes again and again under load: keys, labels and limits, and each record is in Loki once',
  async round => {
    const { t, random, say } = round
    const file = join(await tempDir(t), 'relay.yaml')
    await writeFile(file, configOf(keys, random, { change: 0 }))
    const { relay, load, end } = await startChaos(round, {
      loki: await connectLoki(),
      // The app comes from the file alone.
      relay: { args: ['--config', file], env: { RELAY_KEY: '' } },
      load: { keys, alsoAgain: [401], pages: 24 },
    })
    const told = () => relay.output().match(/"msg":"configuration reloaded"|can't be used/g)?.length ?? 0
    for (let change = 1; change <= 8; change++) {
      await load.more(random.integer(50, 400))
      const before = told()
      const isBad = random.chance(0.15)
      const some = keys.filter(() => random.chance(0.6))
      const kept = some.length > 0 ? some : keys
      // Each differs from the one before: of the same again, found without a signal, nothing is told.
      const config = isBad ? `apps: [ { name: shop, bad${change}: 7 } ]\n` : configOf(kept, random, { change })
      // As editors do it, and a part of the time as `cat` does.
      if (random.chance(0.5)) await writeFile(file, config)
      else {
        await writeFile(`${file}.new`, config)
        await rename(`${file}.new`, file)
      }
      const signals = random.chance(0.7)
      if (signals) process.kill(relay.pid, 'SIGHUP')
      say(`change ${change}: ${isBad ? 'a bad one' : kept.join(', ')}${signals ? ', SIGHUP' : ''}`)
      await waitFor(() => told() > before, { timeoutMs: 10_000, what: 'the relay to take note of its file' })
      await sleep(random.between(0, 500))
    }
    await writeFile(file, configOf(keys, random, { change: 9, limited: false }))
    await load.more(500)
    const endings = [...load.endings.keys()]
    assert.ok(endings.includes('401 unknown_key'), `a key was away: ${endings}`)
    await end()
  },
)

interface ConfigChange {
  change: number
  limited?: boolean
}

function configOf(
  some: readonly string[],
  random: Random,
  { change, limited = random.chance(0.5) }: ConfigChange,
): string {
  const limits = limited ? `, limits: { recordsPerSecond: ${random.integer(50, 500)} }` : ''
  const labels = random.pick([
    '',
    ', labels: { team: web }',
    ', labels: { team: app, region: eu }',
    ', environment: test',
  ])
  const labelKeys = random.pick(['', ', labelKeys: { release: { max: 5 } }'])
  return `apps:
  - { name: shop, release: r${change}, keys: [${some.join(', ')}], origins: ['*']${labels}${labelKeys}${limits} }
`
}
