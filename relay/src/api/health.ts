import type { RequestHandler } from 'express'
import type { ConfigProblem } from '../configError.ts'

/** The process lives and answers. Says nothing about Loki: a restart would not mend that. */
export function healthz(): RequestHandler {
  return (_req, res) => {
    res.set('Cache-Control', 'no-store').json({ status: 'ok' })
  }
}

export interface ReadyDeps {
  stopping(): boolean
  spool(): Promise<{ full?: { reason: string } }>
  lanes(): readonly { lane: string; state: string; reason?: string }[]
  /** What the running relay did not take up of a configuration that was changed. */
  configProblems(): readonly ConfigProblem[]
}

/** Enough to see what is wrong; there may be thousands of lanes. */
const maxProblems = 20

/**
 * Whether pages should be sent here: not while the relay stops or its spool is full. A Loki that is away or refuses,
 * and a changed configuration that can't be used, are told as problems, but the relay goes on taking records then.
 */
export function ready({ stopping, spool, lanes, configProblems }: ReadyDeps): RequestHandler {
  return async (_req, res) => {
    const blockers: string[] = []
    if (stopping()) blockers.push('the relay is being stopped')
    const figures = await spool().catch(() => undefined)
    if (!figures) blockers.push('the spool does not answer')
    else if (figures.full) blockers.push(`the spool is full: ${figures.full.reason}`)
    const ofConfig = configProblems().map(({ source, field, text }) => ({ source, field, reason: text }))
    const ofLanes = lanes()
      .filter(({ reason }) => reason !== undefined)
      .map(({ lane, state, reason }) => ({ lane, state, reason }))
    const isReady = blockers.length === 0
    res
      .status(isReady ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({ ready: isReady, blockers, problems: [...ofConfig, ...ofLanes].slice(0, maxProblems) })
  }
}
