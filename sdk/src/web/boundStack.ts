/** Lines of a stack, and the longest of them in characters. */
const maxLines = 50
const maxLineChars = 1024
/** Of the message, with the error's name in front of it and the note that it is cut. */
const maxMessageChars = 900
/** What is kept of a longer line's end, where its place is. */
const tailChars = 40

const dataAddress = /(?:^|[@( ])data:[\w/+;=.-]*(?=,)/
/** The code of an `eval` within another ends with as many brackets. */
const placeAtEnd = /(?::\d{1,9}){0,2}\){0,9},?$/

/**
 * `Error.stack` as it may wait: bounded, and with the first line of the message alone, which V8 puts in front and which can
 * be long or look like frames itself. Takes time in proportion. Addresses are stripped later, with all others of a record.
 *
 * @param shorten Cuts a text that is too long, so that no half of a secret stays.
 */
export function boundStack(
  stack: string,
  message: string,
  shorten: (text: string, maxChars: number) => string,
): string {
  const start = stack.indexOf(': ') + 2
  const whole =
    message && stack.startsWith(message, start)
      ? stack.slice(0, start) +
        shorten(message.split('\n', 1)[0]!, maxMessageChars) +
        stack.slice(start + message.length)
      : stack
  return whole
    .slice(0, maxLines * maxLineChars)
    .split('\n', maxLines)
    .map(line => boundLine(withoutData(line)))
    .join('\n')
}

/** Whether anything behind the message looks like a frame of any engine. */
export function hasFrames(stack: string, message: string): boolean {
  return /^\s*at |@|:\d+$/m.test(stack.replace(message, ''))
}

function boundLine(line: string): string {
  return line.length <= maxLineChars ? line : `${line.slice(0, maxLineChars - tailChars)}[cut]${line.slice(-tailChars)}`
}

/** A script in a `data:` address would be in each of its frames. */
function withoutData(line: string): string {
  const found = dataAddress.exec(line)
  return found ? line.slice(0, found.index + found[0].length) + placeAtEnd.exec(line.slice(-tailChars))![0] : line
}
