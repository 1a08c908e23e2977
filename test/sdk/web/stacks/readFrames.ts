import { boundStack } from '../../../../sdk/src/web/boundStack.ts'
import { parseStack } from '../../../../sdk/src/web/stackTrace.ts'

/** What the SDK reads of a stack, a line a frame: `pay https://shop.example/app.js:7:15`, with `-` for what is not known. */
export function readFrames(stack: string, message: string): string[] {
  return parseStack(boundStack(stack, message)).map(({ function: name = '-', file = '-', line, column }) =>
    [`${name} ${file}`, line, column].filter(part => part !== undefined).join(':'),
  )
}
