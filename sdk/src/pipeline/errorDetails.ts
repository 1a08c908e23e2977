import { maxFrames, parseStack } from '../web/stackTrace.ts'
import type { WireError, WireFrame } from '../wire.ts'
import { fingerprint } from './fingerprint.ts'
import type { Stage } from './stage.ts'

interface ErrorDetailsOptions {
  /** Of the page; `null` where it has none. */
  origin: string
  /** Whether a script of another origin is the page's own all the same. */
  isOwn: (file: string) => boolean
  /** An address without query and fragment. */
  stripAddress: (address: string) => string
}

/** Frames of all errors of a record together: those of causes and of aggregated errors get what is left. */
const maxFramesInAll = 2 * maxFrames

const extensionScheme = /^[a-z-]+-extension:/
/** Scripts that nobody but the page makes have the page's origin in theirs: `blob:https://shop.example/3c87d224-...`. */
const webOrigin = /^(?:blob:)?(https?:\/\/[^/]*)/
/**
 * The SDK's own functions between the page and what it calls: by the name of the script or the package, or what Vite calls
 * that while it develops, and where a bundler has made all unrecognisable by the function's name, since minifiers leave the
 * names of properties alone. A script such as `loki-beacon-setup.js` is the page's.
 */
const ownScript = /\/loki-beacon(?:(?:-loader|\.min)*\.js$|\/dist\/)|\/deps\/loki-beacon_/
const ownFunction = /\blokiBeacon[A-Z]\w*$/

/** Reads the stacks of a record's errors, and gives exceptions their fingerprint. */
export function createErrorDetails({ origin, isOwn, stripAddress }: ErrorDetailsOptions): Stage {
  return record => {
    if (!record.error) return record
    let framesLeft = maxFramesInAll
    try {
      const error = detail(record.error)
      return record.kind === 'exception' ? { ...record, error, fingerprint: fingerprint(error) } : { ...record, error }
    } catch {
      // The page has broken what this takes, `TextEncoder` say: better without than not at all.
      return record
    }

    function detail(error: WireError): WireError {
      const frames = error.stack ? parseStack(error.stack).map(toOwnForm).filter(isOfThePage).slice(0, framesLeft) : []
      framesLeft -= frames.length
      return {
        ...error,
        ...(frames.length > 0 && { frames }),
        ...(error.cause && { cause: detail(error.cause) }),
        ...(error.errors && { errors: error.errors.map(detail) }),
      }
    }
  }

  function toOwnForm(frame: WireFrame): WireFrame {
    if (!frame.file) return frame
    const file = stripAddress(frame.file)
    const fileOrigin = webOrigin.exec(file)?.[1]
    const isThirdParty =
      isExtension(file) || (fileOrigin !== undefined && origin !== 'null' && fileOrigin !== origin && !isOwn(file))
    return { ...frame, file, ...(isThirdParty && { thirdParty: true }) }
  }
}

export function isExtension(file: string): boolean {
  return extensionScheme.test(file)
}

/** Not the SDK's. */
export function isOfThePage({ function: name = '', file = '' }: WireFrame): boolean {
  return !ownScript.test(file) && !ownFunction.test(name)
}
