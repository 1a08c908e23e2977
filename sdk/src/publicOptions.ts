import type * as capture from './captureOptions.ts'
import type * as config from './config.ts'

/**
 * What may be left out may be undefined too, at any depth: `release: readRelease()`. Without it a project that is compiled
 * with `exactOptionalPropertyTypes` (https://www.typescriptlang.org/tsconfig/#exactOptionalPropertyTypes) is refused what
 * `init` takes.
 */
type OrUndefined<Option> = Option extends Whole
  ? Option
  : Option extends object
    ? { [Name in keyof Option]: OrUndefined<Option[Name]> | (object extends Pick<Option, Name> ? undefined : never) }
    : Option

/** Has no options within. */
type Whole = readonly unknown[] | RegExp | ((...args: never) => unknown)

export type CoreOptions = OrUndefined<config.CoreOptions>
export type InitOptions = OrUndefined<config.InitOptions>
export type RedactOptions = OrUndefined<config.RedactOptions>
export type CaptureOptions = OrUndefined<capture.CaptureOptions>
export type ConsoleOptions = OrUndefined<capture.ConsoleOptions>
export type NetworkOptions = OrUndefined<capture.NetworkOptions>
