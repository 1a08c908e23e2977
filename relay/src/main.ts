#!/usr/bin/env node
import { exitCodes } from './cli/exitCodes.ts'
import { describeOldNode } from './nodeVersion.ts'

// Before the rest is loaded, which an older one answers with a stack trace. So nothing here may import a built-in module.
const tooOld = describeOldNode(process.versions.node)
if (tooOld !== undefined) {
  console.error(`error: ${tooOld}`)
  process.exit(exitCodes.config)
}
const { runProgram } = await import('./runProgram.ts')
await runProgram()
