import type { SpoolOp } from './sqliteMessages.ts'

/** Operations that wait for the worker. */
export interface OpQueue<T extends { op: SpoolOp }> {
  push(item: T): void
  /** What the next transaction holds; empty when nothing waits. */
  takeGroup(): T[]
  takeAll(): T[]
  size(): number
}

// More would make one transaction so long that the ones waiting behind it notice.
const groupOps = 512
const groupBytes = 8 * 1024 * 1024

/**
 * Who waits for whom: what empties the spool goes before what fills it, and among appends the apps take turns, each in
 * its own order. First come first served, a flood of one app would hold up the appends of others, and all leases.
 */
export function createOpQueue<T extends { op: SpoolOp }>(): OpQueue<T> {
  let others: T[] = []
  /** The app whose turn is next comes first. */
  const appends = new Map<string, T[]>()
  let size = 0

  return {
    push(item) {
      size++
      if (item.op.kind !== 'append') others.push(item)
      else if (appends.has(item.op.batch.app)) appends.get(item.op.batch.app)!.push(item)
      else appends.set(item.op.batch.app, [item])
    },
    takeGroup() {
      const group = others.splice(0, groupOps)
      let bytes = 0
      while (appends.size > 0 && group.length < groupOps && bytes < groupBytes) {
        const item = takeAppend()
        bytes += sizeOf(item.op)
        group.push(item)
      }
      size -= group.length
      return group
    },
    takeAll() {
      const all = [...others, ...[...appends.values()].flat()]
      others = []
      appends.clear()
      size = 0
      return all
    },
    size: () => size,
  }

  function takeAppend(): T {
    const [app, queue] = appends.entries().next().value!
    const item = queue.shift()!
    appends.delete(app)
    if (queue.length > 0) appends.set(app, queue)
    return item
  }
}

function sizeOf(op: SpoolOp): number {
  return op.kind === 'append' ? op.batch.parts.reduce((bytes, part) => bytes + part.body.byteLength, 0) : 0
}
