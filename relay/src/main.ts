#!/usr/bin/env node
import { holdSignal } from './heldSignal.ts'

// Before all else is loaded, which takes longer than the rest of the start: a service manager may ask for a reload by then.
const hangup = holdSignal('SIGHUP')
const { runProgram } = await import('./runProgram.ts')
await runProgram(hangup)
