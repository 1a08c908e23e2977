import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { tempDir } from '../support/tempDir.ts'
import type { ImportRules } from './importRules.ts'
import { checkImports } from './imports.ts'

const rules: ImportRules = {
  root: 'pkg/src',
  zones: { 'start.ts': 'start', 'alone.ts': 'alone', 'a/': 'a', 'b/': 'b', 'b/shared.ts': 'leaf' },
  allowed: { start: ['a', 'b'], alone: [], a: [], b: [] },
  alone: ['alone'],
  packages: ['contract/wire'],
}

test('imports in the flow of data, of leaves and of named packages are fine', async t => {
  const problems = await check(t, {
    'start.ts': `import { a } from './a/a.ts'\nimport { b } from './b/b.ts'\nimport { leaf } from './leaf.ts'`,
    'a/a.ts': `import { readFileSync } from 'node:fs'\nimport dep from 'dep/sub'\nimport { other } from './other.ts'`,
    'a/other.ts': `import type { W } from 'contract/wire'\nimport type { S } from '../b/shared.ts'`,
    'b/b.ts': `import { leaf } from '../leaf.ts'`,
    'b/shared.ts': '',
    'leaf.ts': '',
  })
  assert.deepEqual(problems, [])
})

const wrong: [what: string, files: Record<string, string>, says: RegExp][] = [
  [
    'another stage',
    { 'a/a.ts': `import { b } from '../b/b.ts'`, 'b/b.ts': '' },
    /a\/a\.ts \(a\) imports b\/b\.ts \(b\)/,
  ],
  [
    'another stage for a type',
    { 'a/a.ts': `import type { B } from '../b/b.ts'`, 'b/b.ts': '' },
    /\(a\) imports b\/b\.ts/,
  ],
  ['another stage at run time', { 'a/a.ts': `void import('../b/b.ts')`, 'b/b.ts': '' }, /\(a\) imports b\/b\.ts/],
  ['another stage through export', { 'a/a.ts': `export * from '../b/b.ts'`, 'b/b.ts': '' }, /\(a\) imports b\/b\.ts/],
  [
    'another stage as a worker',
    { 'a/a.ts': `new Worker(new URL('../b/b.ts', import.meta.url))`, 'b/b.ts': '' },
    /\(a\) imports b\/b\.ts/,
  ],
  ['against the flow', { 'leaf.ts': `import { a } from './a/a.ts'`, 'a/a.ts': '' }, /leaf may import nothing/],
  ['a leaf, by what stands alone', { 'alone.ts': `import './leaf.ts'`, 'leaf.ts': '' }, /alone may import nothing/],
  ['out of the package', { 'a/a.ts': `import '../../../test/x.ts'` }, /outside of pkg\/src/],
  ['a package that is not named', { 'a/a.ts': `import 'left-pad'` }, /imports left-pad, which its package\.json/],
  ['a package of a similar name', { 'a/a.ts': `import 'dep-evil'` }, /imports dep-evil/],
  ['values of a package for types', { 'a/a.ts': `import { levels } from 'contract/wire'` }, /more than its types/],
  ['a file that is not there', { 'a/a.ts': `import './gone.ts'` }, /which is not there/],
  ['nothing, from a place without a zone', { 'c/c.ts': '' }, /c\/c\.ts is in no zone/],
  [
    'in a circle of types alone',
    {
      'a/a.ts': `import type { B } from './b.ts'`,
      'a/b.ts': `import type { C } from './c.ts'`,
      'a/c.ts': `import type { A } from './a.ts'`,
    },
    /cycle a\/a\.ts -> a\/b\.ts -> a\/c\.ts -> a\/a\.ts/,
  ],
]

for (const [what, files, says] of wrong) {
  test(`an import is refused: ${what}`, async t => {
    const problems = await check(t, files)
    assert.equal(problems.length, 1, problems.join('\n'))
    assert.match(problems[0] ?? '', says)
  })
}

async function check(t: TestContext, files: Record<string, string>): Promise<string[]> {
  const repository = await tempDir(t)
  const all = { '../package.json': JSON.stringify({ dependencies: { dep: '1' } }), ...files }
  for (const [name, text] of Object.entries(all)) {
    const path = join(repository, rules.root, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  return checkImports(repository, rules)
}
