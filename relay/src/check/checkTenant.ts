import { setTimeout as sleep } from 'node:timers/promises'
import { lokiCauseOf } from '../lokiCauses.ts'
import type { LokiClient, PushResult } from '../upstream/lokiClient.ts'
import { lookForEntries } from '../upstream/lookForEntries.ts'
import { encodePush } from '../upstream/pushEncoder.ts'
import { classifyPush } from '../upstream/retryPolicy.ts'
import { type Finding, failed, ok, warning } from './finding.ts'
import { largeEntries, lateStream, ordinaryEntry, type TestEntry, testLabels } from './testEntries.ts'

/** A pushed entry is found at once; this is for slow networks. */
const readBackMs = 10_000
/** Just within what the relay asks Loki for when it does not know what became of a push. */
const lookBackMs = 145 * 60_000
/** As old as the relay lets records be: older ones are stored with the time of their receipt. */
const oldestMs = 6.5 * 86_400_000 - 60_000

/** Pushes what the relay may push of a tenant's records - ordinary, large, late and old ones - and reads it back. */
export async function checkTenant(client: LokiClient, tenant: string): Promise<Finding[]> {
  const where = `Loki at ${client.host}, tenant ${tenant}`
  const nowMs = Date.now()
  const ordinary = [ordinaryEntry(nowMs)]
  const pushed = await push(testLabels, ordinary)
  if (!isStored(pushed)) {
    const { text, fix } = explain(pushed)
    return [failed(`${where}: the push failed: ${text}`, fix)]
  }

  const found = await lookUntilFound(testLabels, ordinary)
  const findings: Finding[] = []
  const readable = found === 'found'
  if (readable) findings.push(ok(`${where}: a test record was pushed and read back`))
  else if (found === 'missing')
    findings.push(failed(`${where}: a test record was pushed, but is not found after ${readBackMs / 1000} s`))
  else
    findings.push(
      ok(`${where}: a test record was pushed`),
      warning(
        `${where}: it can't be read: ${found}. The relay works, but cannot find out whether a push whose answer was lost was stored`,
        'give its credentials leave to read as well; Grafana Cloud calls it logs:read',
      ),
    )
  return [...findings, ...(await checkLarge()), ...(await checkLate()), ...(await checkOld())]

  async function checkLarge(): Promise<Finding[]> {
    const entries = largeEntries(nowMs)
    const result = await push(testLabels, entries)
    const text = 'text' in result ? result.text : ''
    if (isStored(result)) {
      if (!readable || (await lookUntilFound(testLabels, entries)) !== 'missing') return []
      return [
        warning(
          `${where}: a line as long as the relay's longest was cut, so the relay will not find such records again`,
          'set max_line_size to 256KB, and max_line_size_truncate to false',
        ),
      ]
    }
    const findings: Finding[] = []
    if (/max entry size|line too long/i.test(text))
      findings.push(
        warning(
          `${where}: lines as long as the relay's longest (200 KiB) are refused, so the relay cuts them and pushes them again`,
          'set max_line_size to 256KB, which is the default',
        ),
      )
    if (/structured metadata/i.test(text))
      findings.push(
        warning(
          `${where}: as much structured metadata as the relay may send is refused, so the relay leaves out what does not fit and pushes again`,
          'set max_structured_metadata_size to 64KB and max_structured_metadata_entries_count to 128, which are the defaults',
        ),
      )
    return findings.length > 0 ? findings : [unclear('large test records', result)]
  }

  async function checkLate(): Promise<Finding[]> {
    const { labels, entry } = lateStream(nowMs - lookBackMs)
    const result = await push(labels, [entry])
    if (!isStored(result)) return [unclear('a test record of 2 h 25 min ago', result)]
    if (!readable || (await lookUntilFound(labels, [entry])) !== 'missing') return []
    return [
      warning(
        `${where}: a record of 2 h 25 min ago is stored, but queries don't show it, so the relay takes it for missing and may push it twice`,
        'let queries look back 3 h at least: max_query_lookback, and querier.query_ingesters_within',
      ),
    ]
  }

  async function checkOld(): Promise<Finding[]> {
    const { labels, entry } = lateStream(nowMs - oldestMs)
    const result = await push(labels, [entry])
    if (isStored(result)) return []
    if (!('text' in result) || !/too old/i.test(result.text)) return [unclear('a test record 6.5 days old', result)]
    return [
      warning(
        `${where}: records 6.5 days old are refused, such as those of a page that was offline, so the relay stores them with the present time, and their own as event_time`,
        'set reject_old_samples_max_age to 1w, which is the default, or reject_old_samples to false',
      ),
    ]
  }

  function push(labels: string, entries: readonly TestEntry[]): Promise<PushResult> {
    const body = encodePush(
      labels,
      entries.map(entry => entry.body),
    )
    return client.push({ tenant, body })
  }

  /** @returns why it can't be told, otherwise. */
  async function lookUntilFound(labels: string, entries: readonly TestEntry[]): Promise<'found' | 'missing' | string> {
    const lane = `${tenant} ${labels}`
    const deadlineMs = Date.now() + readBackMs
    for (;;) {
      const look = await lookForEntries(client, lane, entries, { nowMs: Date.now() })
      if (look.kind === 'looked' && look.missing.length === 0) return 'found'
      if (look.kind === 'unreadable') return look.reason
      if (Date.now() > deadlineMs) return look.kind === 'looked' ? 'missing' : look.reason
      await sleep(250)
    }
  }

  function unclear(what: string, result: PushResult): Finding {
    const { text, fix } = explain(result)
    return warning(`${where}: ${what} could not be pushed: ${text}`, fix)
  }
}

function isStored(result: PushResult): boolean {
  return 'status' in result && result.status === 204
}

function explain(result: PushResult): { text: string; fix: string } {
  const known = lokiCauseOf(classifyPush(result).reason)
  const said = 'status' in result ? answerOf(result) : result.reason
  return {
    text: known ? `${said}. ${known.cause}` : said,
    fix: known?.mend ?? 'see what Loki says, and run this again',
  }
}

/** In quotes, so that nothing of it reaches a terminal as it is. */
function answerOf({ status, text, location }: Extract<PushResult, { status: number }>): string {
  if (location) return `it answered ${status} to ${JSON.stringify(location)}`
  return `it answered ${status} ${JSON.stringify(text.trim().slice(0, 200))}`
}
