/** The same as `engines` of the package says. */
export const neededMajor = 24

/** Why this version of Node.js can't run the relay; undefined where it can. */
export function describeOldNode(version: string): string | undefined {
  if (Number.parseInt(version, 10) >= neededMajor) return undefined
  return `loki-beacon-relay needs Node.js ${neededMajor} or newer; this is ${version}: install it from https://nodejs.org`
}
