import { kitErrorHandler } from 'loki-beacon/svelte'
import { log } from './beacon.ts'

// SvelteKit: src/hooks.client.ts
export const handleError = kitErrorHandler(log)
