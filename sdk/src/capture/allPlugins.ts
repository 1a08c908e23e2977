import type { Plugin } from '../plugin.ts'
import { sessionStart } from './sessionStart.ts'

/** All that this package captures by itself, in the order in which it starts. */
export const allPlugins: readonly Plugin[] = [sessionStart]
