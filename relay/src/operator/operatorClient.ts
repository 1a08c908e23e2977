import { CommandError } from '../cli/commandError.ts'
import type { Operations } from './operations.ts'

/** A large spool takes its time to be looked through. */
const timeoutMs = 60_000

/** The operations of a relay that runs, over its admin port. Rejects with the network's error where nobody answers. */
export function createOperatorClient(adminUrl: string): Operations {
  return {
    report: () => ask('report', {}),
    list: ({ after, limit }) => ask('list', { after, limit }),
    show: async id => (await ask<Awaited<ReturnType<Operations['show']>> | null>('show', { id })) ?? undefined,
    retry: ids => ask('retry', { ids }),
    purge: ids => ask('purge', { ids }),
  }

  /** The other end is this same program, so its answer is what it says. */
  async function ask<Answer>(operation: keyof Operations, request: object): Promise<Answer> {
    const response = await fetch(`${adminUrl}/operator/${operation}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (response.ok) return (await response.json()) as Answer
    const text = (await response.text()).slice(0, 300)
    throw new CommandError(
      `what listens at ${adminUrl} answered ${response.status}: ${text}. Is it a relay of this version?`,
    )
  }
}
