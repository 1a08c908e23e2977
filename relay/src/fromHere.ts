import type { Request } from 'express'

/** Whether the caller is on this machine. A proxy on it tells for whom it asks. */
export function isFromHere({ socket, headers }: Pick<Request, 'socket' | 'headers'>): boolean {
  if (['x-forwarded-for', 'forwarded', 'via'].some(name => name in headers)) return false
  const { remoteAddress = '', localAddress } = socket
  return /^(::ffff:)?127\.|^::1$/.test(remoteAddress) || remoteAddress === localAddress
}
