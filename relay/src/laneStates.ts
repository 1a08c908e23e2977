/** `stopped`: nothing goes through until an operator changes something; the reason says what Loki wants. */
export const laneStates = ['shipping', 'retrying', 'throttled', 'stopped'] as const
export type LaneState = (typeof laneStates)[number]
