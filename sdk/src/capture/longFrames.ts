import type { Plugin } from '../plugin.ts'
import { observePerformance } from '../web/observePerformance.ts'
import { showPlace } from './showPlace.ts'

interface LongFramesOptions {
  /** Frames that were blocked for less are left out, in ms. */
  minBlockingMs: number
}

/** https://w3c.github.io/long-animation-frames/: no types of it in TypeScript. */
interface LongFrame extends PerformanceEntry {
  blockingDuration: number
  scripts: { sourceURL: string; sourceFunctionName: string; duration: number }[]
}

/** The worst frames of a page are recorded, and of each the scripts that took the longest. */
const maxFrames = 5
const maxScripts = 3

/**
 * Frames in which scripts kept the page from answering. The worst are only known in the end: they are recorded when the
 * page is hidden, and those that are worse still when it is hidden again.
 */
export const longFrames: Plugin<LongFramesOptions> = {
  name: 'longFrames',
  enabled: false,
  options: { minBlockingMs: 150 },
  start(host, { minBlockingMs }) {
    let worst: LongFrame[] = []
    const recorded = new WeakSet<LongFrame>()
    let stop = () => {}
    host.onExit(() => {
      for (const frame of worst) {
        if (recorded.has(frame)) continue
        recorded.add(frame)
        const scripts = [...frame.scripts].sort((a, b) => b.duration - a.duration).slice(0, maxScripts)
        host.record({
          kind: 'measurement',
          level: 'info',
          message: 'long_frame',
          values: { blocking: Math.round(frame.blockingDuration), duration: Math.round(frame.duration) },
          attributes: {
            startMs: Math.round(frame.startTime),
            scripts: scripts.map(({ sourceURL, sourceFunctionName, duration }) => ({
              source: showPlace(host, sourceURL),
              function: sourceFunctionName || undefined,
              duration: Math.round(duration),
            })),
          },
        })
      }
    })
    stop = observePerformance(
      'long-animation-frame',
      host.guard(entries => {
        const found = (entries as LongFrame[]).filter(({ blockingDuration }) => blockingDuration >= minBlockingMs)
        worst = [...worst, ...found].sort((a, b) => b.blockingDuration - a.blockingDuration).slice(0, maxFrames)
      }),
    )
    return () => {
      stop()
      worst = []
    }
  },
}
