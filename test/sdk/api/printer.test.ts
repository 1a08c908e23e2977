import assert from 'node:assert/strict'
import { test } from 'node:test'
import { featureOptions } from '../../../sdk/src/api/featureOptions.ts'
import { createPrinter } from '../../../sdk/src/api/printer.ts'
import { quietHooks } from '../../../sdk/src/api/quietHooks.ts'
import { readConfig } from '../../../sdk/src/api/readConfig.ts'

test('records are printed at the method of their level, as they were given', () => {
  const printed: unknown[][] = []
  const note =
    (name: string) =>
    (...args: unknown[]) =>
      void printed.push([name, ...args])
  const console = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
  const { config } = readConfig({ url: '/', key: 'k', app: 'shop', console: ['trace', 'warn', 'fatal'] })
  const print = createPrinter({ console }, config)
  const error = new Error('boom')
  print('trace', 'one', { a: 1 })
  print('info', 'two')
  print('warn', error, undefined, { b: 2 })
  print('fatal', 'three', null)
  assert.deepEqual(printed, [
    ['debug', '[shop] one', { a: 1 }],
    ['warn', '[shop]', error, { b: 2 }],
    ['error', '[shop] three'],
  ])
})

test('a console that hands its lines to the logger, or throws, neither loops nor costs anything', () => {
  let lines = 0
  const info = () => {
    lines++
    print('info', 'again')
    throw new Error('own')
  }
  const { config } = readConfig({ url: '/', key: 'k', console: true })
  const print = createPrinter({ console: { debug: info, info, warn: info, error: info } }, config)
  print('info', 'one')
  print('info', 'two')
  assert.equal(lines, 2)
})

test('it is known when a hook of the page is running, whether it returns or throws, and it works as given', () => {
  const seen: boolean[] = []
  const hook = (value: unknown) => {
    seen.push(quiet.areRunning())
    if (value === 'throw') throw new Error('own')
    return value as null
  }
  const options = { url: 'https://logs.example', key: 'k', beforeSend: hook, sinks: [hook], ignoreErrors: [/a/] }
  const read = readConfig(options, [], featureOptions)
  const quiet = quietHooks(read.config)
  const { config, wrap } = quiet
  assert.equal(config.beforeSend?.('value' as never), 'value')
  assert.throws(() => config.sinks[0]!('throw' as never), /own/)
  assert.equal(wrap(hook)(1), 1)
  assert.deepEqual([seen, quiet.areRunning()], [[true, true, true], false])
  assert.deepEqual({ ...config, beforeSend: 0, sinks: 0 }, { ...read.config, beforeSend: 0, sinks: 0 })
})
