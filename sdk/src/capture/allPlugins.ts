import type { Plugin } from '../plugin.ts'
import { clicks } from './clicks.ts'
import { connectivity } from './connectivity.ts'
import { consoleCapture } from './consoleCapture.ts'
import { csp } from './csp.ts'
import { longFrames } from './longFrames.ts'
import { navigation } from './navigation.ts'
import { network } from './network.ts'
import { reports } from './reports.ts'
import { resources } from './resources.ts'
import { sessionStart } from './sessionStart.ts'
import { visibility } from './visibility.ts'
import { webVitals } from './webVitals.ts'

/** All that this package captures by itself, in the order in which it starts. */
export const allPlugins: readonly Plugin[] = [
  sessionStart,
  webVitals,
  navigation,
  network,
  consoleCapture,
  clicks,
  resources,
  csp,
  reports,
  longFrames as Plugin,
  visibility,
  connectivity,
]
