import { installDebian } from './debian.ts'
import { findExecutable, type Part } from './part.ts'

export const systemdAnalyze: Part = {
  name: 'systemd-analyze',
  find: () => findExecutable(['systemd-analyze']),
  install: context => installDebian(['systemd'], context),
  howToGet: 'on Linux, install systemd 250 or newer (Debian: apt-get install systemd); it need not run',
}
