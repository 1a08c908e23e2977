import { recordTransitions } from 'loki-beacon/next'
import { log } from './beacon'

export const onRouterTransitionStart = recordTransitions(log)
