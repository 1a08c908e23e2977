import type { Plugin } from '../plugin.ts'
import { connectivity } from './connectivity.ts'
import { csp } from './csp.ts'
import { longFrames } from './longFrames.ts'
import { navigation } from './navigation.ts'
import { reports } from './reports.ts'
import { resources } from './resources.ts'
import { visibility } from './visibility.ts'
import { webVitals } from './webVitals.ts'

/** All that this package captures by itself, in the order in which it starts. */
export const allPlugins: readonly Plugin[] = [
  webVitals,
  navigation,
  resources,
  csp,
  reports,
  longFrames as Plugin,
  visibility,
  connectivity,
]
