import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { tempDir } from '../support/tempDir.ts'
import { declaredTests } from './declaredTests.ts'
import { checkDocLinks } from './docLinks.ts'
import { compareTable, faultTable, readRows, threatTable } from './provenTable.ts'
import { checkSizes } from './sizes.ts'
import { checkSizeTables } from './sizeTable.ts'
import { checkLockfile, checkSourceText } from './sourceText.ts'

test('code with a character beyond ASCII is refused, prose with one is not', async t => {
  const files = { 'a.ts': `const name = 'caf\u00e9'`, 'b.md': 'caf\u00e9', 'test/c.ts': `const name = 'caf\u00e9'` }
  const [repository, names] = await write(t, files)
  assert.deepEqual(
    checkSourceText(repository, names).map(problem => problem.slice(0, 17)),
    ['a.ts:1 has U+00E9'],
  )
})

test('an invisible character is refused in tests, too', async t => {
  const [repository, names] = await write(t, {
    'test/bidi.ts': `const name = 'x\u202e'`,
    'test/space.ts': `const\u00a0name = 1`,
    'test/nul.ts': `const name = '\u0000'`,
    'test/fine.ts': `\tconst name = 'caf\u00e9 \u7dda \u{1f389}'\r\n`,
  })
  assert.deepEqual(
    checkSourceText(repository, names).map(problem => problem.split(':')[0]),
    ['test/bidi.ts', 'test/space.ts', 'test/nul.ts'],
  )
})

test('a path of one machine is refused, an address with the same words is not', async t => {
  const path = (folder: string) => ['', folder, 'project'].join('/')
  const [repository, names] = await write(t, {
    'a.md': `see ${path('root')}`,
    'b.ts': `// ${path('home/me')}`,
    'c.md': 'https://example.com/root/x and docs/work/x and `/rooted/x`',
  })
  assert.deepEqual(
    checkSourceText(repository, names).map(problem => problem.slice(0, 4)),
    ['a.md', 'b.ts'],
  )
})

test('a lockfile that names a registry, or lacks a checksum, is refused', () => {
  const lockfile = (packages: object) => checkLockfile(JSON.stringify({ packages }))
  const integrity = 'sha512-x'
  assert.deepEqual(
    lockfile({ '': {}, sdk: {}, 'node_modules/sdk': { link: true }, 'node_modules/a': { integrity } }),
    [],
  )
  assert.equal(lockfile({ 'node_modules/a': { integrity, resolved: 'https://mirror.example/a.tgz' } }).length, 1)
  assert.equal(lockfile({ 'node_modules/a': {} }).length, 1)
})

test('a lockfile without the packages of other systems is refused: npm would refuse it there, and here', () => {
  const lockfile = (packages: object) => checkLockfile(JSON.stringify({ packages }))
  const a = { integrity: 'sha512-x', optionalDependencies: { 'a-win32': '1.0.0' } }
  const other = { optional: true, os: ['win32'] }
  assert.equal(lockfile({ 'node_modules/a': a }).length, 1)
  assert.deepEqual(lockfile({ 'node_modules/a': a, 'node_modules/a-win32': other }), [])
})

test('a link in the docs to a file or a heading that is not there is refused', async t => {
  const [repository, names] = await write(t, {
    'README.md': [
      '# What is *it*, then?',
      '[a](docs/a.md) [b](docs/gone.md) [c](docs/a.md#two-words) [d](docs/a.md#three)',
      '[e](#what-is-it-then) [f](#what) [g](https://example.com/x) [h](mailto:me@example.com) [i](../out.md)',
      '```md\n[j](gone-in-a-fence.md)\n```',
    ].join('\n'),
    'docs/a.md': '## Two words\n[up](../README.md)',
  })
  assert.deepEqual(
    checkDocLinks(repository, names).map(problem => problem.replace('README.md:', '')),
    [
      '2 links to docs/gone.md, which is not there',
      '2 links to docs/a.md#three, a heading that is not there',
      '3 links to #what, a heading that is not there',
      '3 links to ../out.md, outside of the repository',
    ],
  )
})

test('an entry over its limit, and a size in the docs that is not the size, are refused', async t => {
  const size = { entry: 'loki-beacon/core', rawBytes: 20_000, gzipBytes: 5432, brotliBytes: 5000 }
  assert.deepEqual(checkSizes([{ ...size, limitBytes: 5432 }]), [])
  assert.equal(checkSizes([{ ...size, limitBytes: 5431 }]).length, 1)
  const table = (kilobytes: string) =>
    `<!-- sizes -->\n| entry | gzip |\n|---|---|\n| \`loki-beacon/core\` | ${kilobytes} |`
  const files = { 'right.md': table('5.4 KB'), 'rounded.md': table('5.5 KB'), 'wrong.md': table('5.6 KB') }
  const [repository] = await write(t, { ...files, 'empty.md': table('small') })
  assert.deepEqual(checkSizeTables(repository, ['right.md', 'rounded.md'], [size]), [])
  assert.equal(checkSizeTables(repository, ['wrong.md', 'empty.md'], [size]).length, 2)
})

test('a fault in the docs without a test in each engine that it is claimed for is refused, and so is a test without a fault', () => {
  const rowsWith = (proof: string) =>
    readRows(`<!-- faults -->\n\n| fault | proved by |\n|---|---|\n| outage | ${proof} |`, faultTable)
  const file = 'test/promise/outage.test.ts'
  const tests = ['chromium', 'firefox', 'webkit'].map(engine => ({ file, name: `${engine} > all is kept`, engine }))
  const problems = (proof: string, given = tests) =>
    compareTable(rowsWith(proof), given, faultTable).map(
      problem => /there is no test|runs in|no row/.exec(problem)?.[0],
    )
  const link = (words: string) => `[outage](../${file} "${words}")`

  assert.deepEqual(problems(link('is kept')), [])
  assert.deepEqual(problems(`[outage](../${file})`), [])
  assert.deepEqual(problems(link('is lost')), ['there is no test', 'no row'])
  assert.deepEqual(problems(link('is kept'), tests.slice(1)), ['runs in'])
  assert.deepEqual(problems(`${link('is kept')} in Firefox and WebKit: a reason`, tests.slice(1)), [])
  assert.deepEqual(problems('', []), ['runs in'])
  assert.deepEqual(problems('no test: takes a device', []), [])
  assert.deepEqual(problems('no test: takes a device'), ['no row'])
})

test('a threat in the docs without a test is refused, and so is a test of a threat that is not in the docs', () => {
  const file = 'test/relay/threats/bombs.test.ts'
  const problems = (proof: string, names = ['a bomb is not inflated']) =>
    compareTable(
      readRows(`<!-- threats -->\n\n| threat | proved by |\n|---|---|\n| bomb | ${proof} |`, threatTable),
      names.map(name => ({ file, name })),
      threatTable,
    ).map(problem => /there is no test|names no test|no row/.exec(problem)?.[0])

  assert.deepEqual(problems(`[bombs](../${file})`), [])
  assert.deepEqual(problems(`[bombs](../${file} "not inflated")`), [])
  assert.deepEqual(problems(`[bombs](../${file} "inflated twice")`), ['there is no test', 'no row'])
  assert.deepEqual(problems(`[bombs](../${file} "not inflated")`, ['is not inflated', 'another one']), ['no row'])
  assert.deepEqual(problems('', []), ['names no test'])
  assert.deepEqual(problems('no test: it is not ours', []), [])
})

test('the tests of a file are told in every engine, without being run', async () => {
  const repository = join(import.meta.dirname, '../..')
  const tests = await declaredTests(repository, ['test/promise/loadedHidden.test.ts'])
  assert.deepEqual(tests.map(({ engine }) => engine).sort(), ['chromium', 'firefox', 'webkit'])
})

async function write(t: TestContext, files: Record<string, string>): Promise<[repository: string, names: string[]]> {
  const repository = await tempDir(t)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(repository, name)), { recursive: true })
    writeFileSync(join(repository, name), text)
  }
  return [repository, Object.keys(files)]
}
