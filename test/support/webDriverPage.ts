import type { TestBrowserContext, TestFrame, TestPage } from './testBrowser.ts'
import type { SendCommand, WebDriverSession } from './webDriverSession.ts'

/** In the window of a page, or in a frame of it. */
type InPlace = <Result>(work: (send: SendCommand) => Promise<Result>) => Promise<Result>

/** The window with that handle, as a page. */
export function createWebDriverPage(session: WebDriverSession, handle: string, context: TestBrowserContext): TestPage {
  const inWindow: InPlace = work => session.inWindow(handle, work)
  return {
    browserContext: () => context,
    goto: url => inWindow(send => send('POST', '/url', { url })),
    evaluate: evaluateIn(inWindow),
    bringToFront: () => inWindow(async () => {}),
    $: async () => ({ contentFrame: async () => createFrame(inWindow) }),
    goBack: () => inWindow(send => send('POST', '/back')),
    close: () => inWindow(async send => void (await send('DELETE', '/window'))),
  }
}

function createFrame(inWindow: InPlace): TestFrame {
  const inFrame: InPlace = work =>
    inWindow(async send => {
      await send('POST', '/frame', { id: 0 })
      try {
        return await work(send)
      } finally {
        await send('POST', '/frame', { id: null })
      }
    })
  return {
    // The command to go somewhere always means the window.
    goto: url => evaluateIn(inWindow)(loadFrame, url),
    evaluate: evaluateIn(inFrame),
  }
}

function evaluateIn(inPlace: InPlace): TestFrame['evaluate'] {
  return async (script, ...args) => {
    const call = typeof script === 'string' ? script : `(${script})(...JSON.parse(json))`
    const answer = await inPlace(send =>
      send('POST', '/execute/async', {
        // JSON both ways: the protocol's own encoding knows no undefined.
        script: `const [json, done] = arguments
          Promise.resolve().then(() => (${call})).then(
            value => done(JSON.stringify({ value })),
            error => done(JSON.stringify({ fault: error + '\\n' + error?.stack }))
          )`,
        args: [JSON.stringify(args)],
      }),
    )
    const { value, fault } = JSON.parse(String(answer))
    if (fault !== undefined) throw new Error(fault)
    return value
  }
}

/** Runs in the page. */
function loadFrame(url: string): Promise<void> {
  return new Promise(resolve => {
    const frame = document.querySelector('iframe')!
    frame.addEventListener('load', () => resolve(), { once: true })
    frame.src = url
  })
}
