import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { build } from 'esbuild'
import { inEveryEngine } from '../promise/hostPage.ts'
import { isBalanced, statsOf, stored } from './sdkPage.ts'

let bundle: string

before(async () => {
  const root = new URL('../../sdk/src', import.meta.url).pathname
  const contents = `
    export { init } from '${root}/core.ts'
    export { clicks } from '${root}/capture/clicks.ts'
    export { network } from '${root}/capture/network.ts'`
  const stdin = { contents, resolveDir: root }
  const result = await build({ stdin, bundle: true, write: false, format: 'iife', globalName: 'core' })
  bundle = result.outputFiles[0]!.text.replaceAll('</script', '<\\/script')
})

inEveryEngine('the core', host => {
  /** Starts it with these options, as source text, and then runs a script. */
  const open = (options: string, script: string) =>
    host.open(
      `<script>${bundle}</script><script>
        window.problems = []
        window.lokiBeacon = core.init({
          url: '${host.intake.url}', key: 'pk_shop_web', onError: error => problems.push(error.message), ${options}
        })
        ${script}
      </script>`,
    )

  test('delivers logs and errors with stacks and causes, without secrets, and adds nothing that needs more', async () => {
    await open(
      'plugins: [core.network]',
      `lokiBeacon.with({ tenant: 'acme' }).info('paid', { password: 'hunter2', card: '4111 1111 1111 1111' })
      lokiBeacon.setUser({ id: 'u1' })
      setTimeout(function pay() { throw new TypeError('no cart', { cause: new Error('below') }) })
      setTimeout(() => { throw 'just text' })
      setTimeout(() => fetch('/none?token=secret').catch(() => {}), 50)`,
    )
    const records = await stored(host.intake, 4)
    const by = (part: string) => records.find(({ message }) => message.includes(part))!
    assert.deepEqual(by('paid').attributes, { tenant: 'acme', password: '[redacted]', card: '[redacted]' })
    const { error, mechanism } = by('no cart')
    assert.deepEqual([error!.type, error!.cause!.message, mechanism], ['TypeError', 'below', 'onerror'])
    assert.match(error!.stack!, /pay/)
    assert.match(by('just text').error!.stack!, /^ {4}at http:\/\/\S+:\d+:\d+$/)
    assert.equal(by('GET').kind, 'log')
    for (const record of records)
      for (const name of ['fingerprint', 'breadcrumbs', 'sessionFirstError']) assert.ok(!(name in record), name)
    for (const { context } of host.intake.attempts.map(({ header }) => header))
      assert.equal(context?.session, undefined)
    assert.doesNotMatch(JSON.stringify(records), /hunter2|4111|secret/)
    assert.ok(isBalanced(await statsOf(host.page)))
    assert.deepEqual(await host.page.evaluate(() => (globalThis as unknown as { problems: string[] }).problems), [])
    const items = await host.page.evaluate(() => Object.keys(localStorage))
    assert.deepEqual(
      items.filter(name => /session|told/.test(name)),
      [],
    )
  })

  test('says of each option and plugin that it can’t honour that it has none such', async () => {
    await open(`sampleRate: 0, ignoreErrors: ['x'], plugins: [core.clicks]`, `lokiBeacon.info('kept')`)
    await stored(host.intake, 1)
    const [problem] = await host.page.evaluate(() => (globalThis as unknown as { problems: string[] }).problems)
    for (const name of ['sampleRate', 'ignoreErrors', 'capture.clicks'])
      assert.match(problem!, new RegExp(`no option ${name} in loki-beacon/core`))
  })
})
