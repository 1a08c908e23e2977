import { cutRaw } from '../../../../sdk/src/pipeline/cut.ts'
import { createAddresses } from '../../../../sdk/src/web/addresses.ts'
import { boundStack } from '../../../../sdk/src/web/boundStack.ts'
import { parseStack } from '../../../../sdk/src/web/stackTrace.ts'
import type { WireFrame } from '../../../../sdk/src/wire.ts'

/** The frames of a stack, bounded and stripped as the pipeline does it. */
export function framesOf(stack: string, message: string): WireFrame[] {
  return parseStack(createAddresses([]).showIn(boundStack(stack, message, cutRaw)))
}

/** What the SDK reads of a stack, a line a frame: `pay https://shop.example/app.js:7:15`, with `-` for what is not known. */
export function readFrames(stack: string, message: string): string[] {
  return framesOf(stack, message).map(({ function: name = '-', file = '-', line, column }) =>
    [`${name} ${file}`, line, column].filter(part => part !== undefined).join(':'),
  )
}
