import { formatCount } from './format.js'

/**
 * "Is it working?" in one line. `status` is what `/live/status` said, or undefined when it did not answer.
 * Tones: `ok`, `idle` (nothing is wrong, nothing is forwarded), `wait` (heals by itself), `bad` (someone must act).
 */
export function describeHealth(status) {
  if (!status) return { tone: 'bad', title: 'The relay does not answer', detail: 'This page tries again by itself.' }
  const { mode, lokiHost, spool, lanes } = status
  if (!spool) return { tone: 'bad', title: 'The spool does not answer', detail: 'Look into the log of the relay.' }
  const waiting = `${formatCount(spool.records)} ${spool.records === 1 ? 'record' : 'records'}`
  if (!spool.writable)
    return {
      tone: 'bad',
      title: 'The spool is full',
      detail: `${whyFull(spool)}Browsers keep their records until there is room. ${waiting} ${spool.records === 1 ? 'waits' : 'wait'} here.`,
    }
  if (mode === 'standalone') return { tone: 'idle', title: 'Kept on disk, no Loki', detail: '' }
  const stopped = lanes.find(lane => lane.state === 'stopped')
  if (stopped)
    return { tone: 'bad', title: `Not stored in Loki: tenant ${tenantOf(stopped)}`, detail: reasonOf(stopped, waiting) }
  const troubled = lanes.find(lane => lane.reason)
  if (troubled)
    return {
      tone: 'wait',
      title: `Waiting for ${lokiHost}`,
      detail: reasonOf(troubled, waiting),
    }
  if (spool.quarantinedRecords > 0)
    return {
      tone: 'wait',
      title: `Forwarding to ${lokiHost}`,
      detail: `${formatCount(spool.quarantinedRecords)} records that Loki never takes are in quarantine.`,
    }
  return { tone: 'ok', title: `Forwarding to ${lokiHost}`, detail: '' }
}

/** As the sentence that comes before others, of what the relay said of its spool or its disk. */
export function whyFull({ full }) {
  return full ? `${full.reason[0].toUpperCase()}${full.reason.slice(1)}. ` : ''
}

/** A lane's name is `<tenant> <labels>`. */
function tenantOf({ lane }) {
  return lane.slice(0, lane.indexOf(' '))
}

function reasonOf({ reason = '', advice = `${reason}.` }, waiting) {
  return `${advice} ${waiting} kept on disk.`
}
