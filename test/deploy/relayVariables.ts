import { join } from 'node:path'
import { listConfigOptions } from '../../relay/src/configOptions.ts'
import { appVariables } from '../../relay/src/configSources.ts'
import { readDockerfile } from '../support/dockerfile.ts'
import { repository } from './manifests.ts'

/** Environment variables that the relay reads. */
export function knownVariables(): Set<string> {
  const ofOptions = listConfigOptions().flatMap(({ env, secret }) =>
    env ? [env, ...(secret ? [`${env}_FILE`] : [])] : [],
  )
  return new Set(['RELAY_CONFIG', ...Object.keys(appVariables), ...ofOptions])
}

/** What the last stage of the Dockerfile says, the image of the relay. */
export function imageOfRelay() {
  const { name, instructions } = readDockerfile(join(repository, 'deploy/Dockerfile')).at(-1)!
  const textOf = (instruction: string) => instructions.find(found => found.name === instruction)?.text ?? ''
  const env = Object.fromEntries(
    textOf('ENV')
      .split(' ')
      .map(pair => pair.split('=')),
  ) as Record<string, string>
  return { name, env, user: textOf('USER'), ports: textOf('EXPOSE').split(' ').map(Number) }
}
