import type { Browser } from 'puppeteer-core'
import { launchPuppeteer } from '../../support/puppeteerBrowsers.ts'
import { median } from '../statistics.ts'
import type { Timing } from './benchPage.ts'
import { measureCalls } from './callCost.ts'
import type { Contender } from './contenders.ts'
import { type DeliveryCost, measureDelivery } from './deliveryCost.ts'
import { heapGrowthBytes } from './heapWhenDown.ts'
import { type Idle, measureIdle } from './idle.ts'
import { measureStart } from './startCost.ts'

export interface SdkResult {
  contender: Contender
  /** Medians, of all calls together. */
  firstCalls: Times
  burstCalls: Times
  /** Evaluation and `init()`. */
  start: Times
  /** Of the main thread, from the script's start on. */
  firstSecondMs: number
  few: DeliveryResult
  many: DeliveryResult
  heapGrowthBytes: number
  idle: Idle
}

export type Times = Pick<Timing, 'clockMs' | 'scriptMs'>

/** Medians, but for the long tasks: those of all rounds. */
export interface DeliveryResult extends DeliveryCost {
  rounds: number
}

export interface Rounds {
  quick: number
  slow: number
}

export const firstCalls = 1000
export const burstCalls = 20_000

/** In each round all take their turn, so that a busy machine slows them alike. */
export async function measureSdks(contenders: readonly Contender[], rounds: Rounds): Promise<SdkResult[]> {
  const browser = await launchPuppeteer('chromium')
  try {
    const first = await inTurns(contenders, rounds.quick, each => measureCalls(browser, each, firstCalls))
    const burst = await inTurns(contenders, rounds.quick, each => measureCalls(browser, each, burstCalls))
    const start = await inTurns(contenders, rounds.quick, each => measureStart(browser, each))
    const few = await deliverInTurns(browser, contenders, rounds.slow, firstCalls)
    const many = await deliverInTurns(browser, contenders, rounds.slow, burstCalls)
    // Neither is a matter of time.
    const [heap, idle] = await Promise.all([
      Promise.all(contenders.map(each => heapGrowthBytes(browser, each))),
      Promise.all(contenders.map(each => measureIdle(browser, each))),
    ])
    return contenders.map((contender, at) => ({
      contender,
      firstCalls: medians(first[at]!),
      burstCalls: medians(burst[at]!),
      start: medians(start[at]!.map(({ start }) => start)),
      firstSecondMs: median(start[at]!.map(({ firstSecondMs }) => firstSecondMs)),
      few: summarise(few[at]!),
      many: summarise(many[at]!),
      heapGrowthBytes: heap[at]!,
      idle: idle[at]!,
    }))
  } finally {
    await browser.close()
  }
}

/** The samples of each contender. */
async function inTurns<Sample>(
  contenders: readonly Contender[],
  rounds: number,
  measure: (contender: Contender) => Promise<Sample>,
): Promise<Sample[][]> {
  const samples: Sample[][] = contenders.map(() => [])
  for (let round = 0; round < rounds; round++)
    for (const at of turns(contenders.length, round)) {
      samples[at]!.push(await measure(contenders[at]!))
    }
  return samples
}

async function deliverInTurns(
  browser: Browser,
  contenders: readonly Contender[],
  rounds: number,
  calls: number,
): Promise<DeliveryCost[][]> {
  const samples: DeliveryCost[][] = contenders.map(() => [])
  for (let round = 0; round < rounds; round++) {
    const order = turns(contenders.length, round)
    const costs = await measureDelivery(
      browser,
      order.map(at => contenders[at]!),
      calls,
    )
    for (const [turn, cost] of costs.entries()) samples[order[turn]!]!.push(cost)
  }
  return samples
}

/** Each round begins with another one. */
function turns(count: number, round: number): number[] {
  return Array.from({ length: count }, (_, turn) => (turn + round) % count)
}

function medians(times: readonly Times[]): Times {
  return {
    clockMs: median(times.map(({ clockMs }) => clockMs)),
    scriptMs: median(times.map(({ scriptMs }) => scriptMs)),
  }
}

function summarise(costs: readonly DeliveryCost[]): DeliveryResult {
  return {
    mainThreadMs: median(costs.map(({ mainThreadMs }) => mainThreadMs)),
    arrived: median(costs.map(({ arrived }) => arrived)),
    longTaskMs: costs.flatMap(({ longTaskMs }) => longTaskMs),
    rounds: costs.length,
  }
}
