import { asText } from './record.js'

/** Half a minute for each bar, 20 minutes in all. */
export const bucketMs = 30_000
export const bucketCount = 40
const maxGroups = 200
/** Sessions are counted exactly up to this many; nobody needs the difference beyond. */
export const maxSessions = 1000
/** What one record may claim to stand for. */
const maxRepeated = 1_000_000

/**
 * Exceptions by their fingerprint, the same for the same fault in the same place. Counts all that came while the page was
 * open, though of each group only the newest record is kept; the group that was quiet for longest leaves.
 */
export function createGroups() {
  const groups = new Map()
  return {
    add(record) {
      if (record.kind !== 'exception') return
      const name = `${record.app}\n${record.fingerprint || titleOf(record)}`
      const group = groups.get(name) ?? {
        name,
        app: record.app,
        fingerprint: record.fingerprint,
        count: 0,
        firstMs: record.timestampMs,
        lastMs: record.timestampMs,
        sessions: new Set(),
        buckets: new Map(),
      }
      // In the order of the last arrival: a Map keeps that of insertion.
      groups.delete(name)
      groups.set(name, group)
      if (groups.size > maxGroups) groups.delete(groups.keys().next().value)
      note(group, record)
    },
    /** The most frequent first. */
    list: app => [...groups.values()].filter(group => !app || group.app === app).sort((a, b) => b.count - a.count),
    clear: () => groups.clear(),
  }
}

/** How many came in each bucket, the oldest first; the last one is that of now. */
export function sparkOf({ buckets }, nowMs) {
  const last = Math.floor(nowMs / bucketMs)
  return Array.from({ length: bucketCount }, (_, index) => buckets.get(last - bucketCount + 1 + index) ?? 0)
}

function note(group, record) {
  const weight = weightOf(record)
  group.count += weight
  group.firstMs = Math.min(group.firstMs, record.timestampMs)
  group.lastMs = Math.max(group.lastMs, record.timestampMs)
  group.record = record
  group.title = titleOf(record)
  group.level = record.level
  if (record.session && group.sessions.size < maxSessions) group.sessions.add(record.session)
  const bucket = Math.floor(record.timestampMs / bucketMs)
  group.buckets.set(bucket, (group.buckets.get(bucket) ?? 0) + weight)
  if (group.buckets.size <= 2 * bucketCount) return
  const oldest = Math.floor(record.receivedAtMs / bucketMs) - bucketCount
  for (const at of group.buckets.keys()) if (at < oldest || at > oldest + 2 * bucketCount) group.buckets.delete(at)
}

/** A record can stand for equal ones that were not recorded one by one, and is then none itself. */
function weightOf({ context: { repeated } }) {
  return Number.isInteger(repeated) && repeated > 0 ? Math.min(repeated, maxRepeated) : 1
}

function titleOf({ error, message }) {
  if (typeof error !== 'object' || error === null) return message
  const type = asText(error.type)
  const text = asText(error.message)
  return type && text ? `${type}: ${text}` : type || text || message
}
