/** A stream that the server refused stays closed by the standard: it is opened anew after this long. */
const reopenAfterMs = 5000

/**
 * Follows `/live/events` while the page is visible; a hidden page holds no connection
 * (a browser has six for one host) and takes up again where it was.
 */
export function followRecords(onRecords) {
  let source
  let lastId = ''
  let reopening

  function open() {
    clearTimeout(reopening)
    source = new EventSource(`events?after=${encodeURIComponent(lastId)}`)
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) reopening = setTimeout(open, reopenAfterMs)
    }
    source.addEventListener('records', event => {
      lastId = event.lastEventId
      onRecords(JSON.parse(event.data), lastId.split('-')[0])
    })
  }

  function close() {
    clearTimeout(reopening)
    source?.close()
  }

  document.addEventListener('visibilitychange', () => {
    close()
    if (!document.hidden) open()
  })
  if (!document.hidden) open()
}
