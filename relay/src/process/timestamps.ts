/** Loki refuses what is older than a week (`reject_old_samples_max_age`); half a day is kept for waiting in the spool. */
const maxAgeUs = 6.5 * 86_400 * 1e6
/** Loki takes up to 10 min of the future (`creation_grace_period`); clocks of its machines differ too. */
const maxAheadUs = 5 * 60 * 1e6
/** Loki refuses what is an hour (half of `max_chunk_age`) behind the newest of its stream. */
const lateAfterUs = 50 * 60 * 1e6

export interface RecordTime {
  seconds: number
  nanos: number
  /** UTC hour of the event, such as `2026-11-20T05`: late records go to a stream of their own hour. */
  late?: string
  /** The event's own time, ISO 8601, where Loki would refuse it and the time of receipt stands in. */
  eventTime?: string
}

export interface TimedRecord {
  timestampUs: number
  position: number
  n: number
}

/**
 * When the records of a batch happened, in a form that Loki takes. Microseconds are the event's; the last three digits come from
 * the record's name: pages start at different ones and `n` counts on from there, so that a thousand records of one
 * page can share a microsecond and still differ, and a repeated record does not.
 */
export function createTimes(page: string, receivedAtMs: number): (record: TimedRecord) => RecordTime {
  const receivedAtUs = receivedAtMs * 1000
  const ofPage = fnv1a(page) % 1000
  return record => {
    const tail = (ofPage + (record.n % 1000)) % 1000
    const ageUs = receivedAtUs - record.timestampUs
    if (ageUs > maxAgeUs || ageUs < -maxAheadUs) {
      // The place in the batch keeps the order.
      const time = split(receivedAtUs + record.position, tail)
      return { ...time, eventTime: new Date(record.timestampUs / 1000).toISOString() }
    }
    const time = split(record.timestampUs, tail)
    if (ageUs <= lateAfterUs) return time
    return { ...time, late: new Date(record.timestampUs / 1000).toISOString().slice(0, 13) }
  }
}

function split(timestampUs: number, tail: number) {
  const seconds = Math.floor(timestampUs / 1e6)
  return { seconds, nanos: Math.round(timestampUs - seconds * 1e6) * 1000 + tail }
}

/** http://www.isthe.com/chongo/tech/comp/fnv/index.html, 32 bits, over UTF-16 units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
