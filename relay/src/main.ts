#!/usr/bin/env node
import { exitCodes } from './cli/exitCodes.ts'
import { holdSignal } from './heldSignal.ts'
import { describeOldNode } from './nodeVersion.ts'

// Before the rest is loaded, which an older one answers with a stack trace. So nothing here may import a built-in module.
const tooOld = describeOldNode(process.versions.node)
if (tooOld !== undefined) {
  console.error(`error: ${tooOld}`)
  process.exit(exitCodes.config)
}
// To load the rest takes longer than to start it: a service manager may ask for a reload by then.
const hangup = holdSignal('SIGHUP')
const { runProgram } = await import('./runProgram.ts')
await runProgram(hangup)
