import type { Logger } from 'loki-beacon'

/** Draws the shop and lets `log` hear of what happens in it. */
export function startShop(log: Logger, how: 'script tag' | 'npm'): void
export function showFailure(source: string): void
