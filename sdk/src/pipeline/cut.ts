/** `text`, its end replaced by a note where it is longer than `maxChars` UTF-16 units. */
export function cut(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars)}[cut, ${text.length} characters]`
}
