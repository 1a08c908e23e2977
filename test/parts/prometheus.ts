import { dirname, join } from 'node:path'
import { installDebian } from './debian.ts'
import { findExecutable, type Part } from './part.ts'

export const prometheus: Part = {
  name: 'Prometheus',
  find: () => findPrometheus()?.server,
  install: context => installDebian(['prometheus'], context),
  howToGet:
    'install Prometheus 2.42 or newer with its promtool (Debian, Ubuntu: apt-get install prometheus; ' +
    'https://prometheus.io/download/), or name it in PROMETHEUS_BIN',
}

export interface PrometheusPrograms {
  server: string
  /** Checks and tests rules. */
  promtool: string
}

export function findPrometheus(): PrometheusPrograms | undefined {
  const server = findExecutable([process.env.PROMETHEUS_BIN, 'prometheus'])
  const promtool = server && findExecutable([join(dirname(server), 'promtool'), 'promtool'])
  return server && promtool ? { server, promtool } : undefined
}
