/** What keeps a command from doing its work, in words that say how to mend it. */
export class OperatorError extends Error {
  override name = 'OperatorError'
}
