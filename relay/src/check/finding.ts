/** What `check` tells. It succeeds with warnings: the relay works, but not as well as it could. */
export interface Finding {
  level: 'ok' | 'warning' | 'failed'
  /** For people; holds no credentials. */
  text: string
  /** What to do about it. */
  fix?: string
}

export function ok(text: string): Finding {
  return { level: 'ok', text }
}

export function warning(text: string, fix: string): Finding {
  return { level: 'warning', text, fix }
}

export function failed(text: string, fix?: string): Finding {
  return { level: 'failed', text, ...(fix !== undefined && { fix }) }
}
