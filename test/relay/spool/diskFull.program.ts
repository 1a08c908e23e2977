import { once } from 'node:events'
import { openSqliteSpool } from '../../../relay/src/spool/sqliteSpool.ts'

// What diskFull.test.ts runs where the small disk can be seen. It has no reserve, so that SQLite itself meets the end of it.
const [, , dir = '', work = ''] = process.argv
const lane = 'acme {app="shop"}'
const spool = await openSqliteSpool({ dir, minFreeBytes: 0 }).catch(error => {
  console.log(error.message)
  process.exit(1)
})

if (work === 'append') {
  for (let i = 0; i < 10; i++) await append(`batch-${i}`, 1000)
  console.log('stored')
  await once(process.stdin, 'data')
} else {
  console.log(`opened with ${(await spool.stats()).records} records`)
  const refusal = await append('refused', 20_000).catch(error => error)
  console.log(`refused by ${refusal.name}`)
  await once(process.stdin, 'data')
  await append('refused', 20_000)
  const parts = await spool.lease({ lane, maxRecords: 100, maxBytes: 1e6, ttlMs: 60_000 })
  await spool.ack(parts)
  console.log(`drained ${parts.length} parts, ${(await spool.stats()).records} are left`)
  await spool.close()
}

function append(id: string, bytes: number) {
  return spool.append({ app: 'shop', id, from: 0, to: 1, parts: [{ lane, records: 1, body: new Uint8Array(bytes) }] })
}
