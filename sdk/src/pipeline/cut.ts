/** What may be the first part of a secret: a word, or a number that is written in groups. */
const begun = /(^|[\s"'&(),:;<=>[\]{|}])(?:[A-Z\d]{2,6} ){0,8}[^\s"'&(),:;<=>[\]{|}]{0,64}$/
/** More than that matches. */
const maxBegunChars = 128

/** `text`, its end replaced by a note where it is longer than `maxChars` UTF-16 units. */
export function cut(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars)}${note(text)}`
}

/** The same for what is still to be redacted: of a secret that is cut in two no rule would know the rest. */
export function cutRaw(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text
  const endChars = Math.max(0, maxChars - maxBegunChars)
  return text.slice(0, endChars) + text.slice(endChars, maxChars).replace(begun, '$1') + note(text)
}

function note(text: string): string {
  return `[cut, ${text.length} characters]`
}
