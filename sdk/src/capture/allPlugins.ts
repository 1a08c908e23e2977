import type { Plugin } from '../plugin.ts'
import { clicks } from './clicks.ts'
import { consoleCapture } from './consoleCapture.ts'
import { network } from './network.ts'
import { sessionStart } from './sessionStart.ts'

/** All that this package captures by itself, in the order in which it starts. */
export const allPlugins: readonly Plugin[] = [sessionStart, network, consoleCapture, clicks]
