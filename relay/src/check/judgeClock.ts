import { type Finding, ok, warning } from './finding.ts'
import type { LokiClock } from './readLoki.ts'

/** More than a busy network explains, and far from the 5 min that the relay leaves between its clock and Loki's. */
const toleratedMs = 10_000

export function judgeClock(host: string, clock: LokiClock | undefined): Finding[] {
  if (!clock) return []
  const { aheadMs, uncertaintyMs } = clock
  if (Math.abs(aheadMs) - uncertaintyMs <= toleratedMs) return [ok(`clock: that of Loki at ${host} agrees with ours`)]
  const seconds = Math.round(Math.abs(aheadMs) / 1000)
  return [
    warning(
      `clock: that of Loki at ${host} is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ours; records far from Loki's time are refused`,
      'keep both machines in time, with chrony or systemd-timesyncd',
    ),
  ]
}
