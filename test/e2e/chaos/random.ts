/** Choices that a seed makes again. */
export interface Random {
  /** At least `min`, less than `max`. */
  between(min: number, max: number): number
  /** Both ends included. */
  integer(min: number, max: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** The same in another order. */
  shuffled<T>(list: readonly T[]): T[]
  /** A sequence of its own, which does not depend on how often others draw: for what runs at the same time. */
  fork(): Random
}

/** Mulberry32: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const random: Random = {
    between: (min, max) => min + next() * (max - min),
    integer: (min, max) => min + Math.floor(next() * (max - min + 1)),
    chance: probability => next() < probability,
    pick: list => list[Math.floor(next() * list.length)]!,
    shuffled(list) {
      const drawn = list.map(item => ({ item, at: next() }))
      return drawn.sort((a, b) => a.at - b.at).map(({ item }) => item)
    },
    fork: () => createRandom(Math.floor(next() * 2 ** 32)),
  }
  return random

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
