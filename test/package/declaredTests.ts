import { execFile } from 'node:child_process'
import { join } from 'node:path'

/** A test as it is declared: its name after those of the suites around it, and the engine that one of them names. */
export interface DeclaredTest {
  /** Relative to the repository. */
  file: string
  name: string
  engine?: string
}

/** The tests of these files on a machine that has every engine, without running any. */
export async function declaredTests(repository: string, files: readonly string[]): Promise<DeclaredTest[]> {
  const lister = join(import.meta.dirname, 'declaredTests.lister.ts')
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [lister, ...files], { cwd: repository, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      error ? reject(new Error(`the tests could not be listed: ${stderr || error.message}`)) : resolve(stdout),
    )
  })
  const listed = JSON.parse(output) as { file: string; name: string }[]
  return listed.map(test => ({ ...test, engine: /\b(chromium|firefox|webkit)\b/i.exec(test.name)?.[1]?.toLowerCase() }))
}
