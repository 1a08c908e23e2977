import { formatCount } from './format.js'
import { whyFull } from './health.js'
import { hintOf, recentRefusals } from './refusals.js'

const consoleLine = "lokiBeacon.info('hello from my page')"

/**
 * "Is it working?", as the way of one record in four steps. Each has a state: `done`, `wait` (for whoever comes next),
 * `idle` (nothing is wrong, and nothing will happen by itself), `fault`, or `later`; words; and what to do.
 * `status` is what `/live/status` said, or undefined; `relayUrl` gives the relay's address from its port.
 */
export function describeSteps(status, relayUrl) {
  const steps = status
    ? [listening(status), sending(status, relayUrl), spooling(status), storing(status)]
    : [
        {
          title: 'The relay is listening',
          state: 'fault',
          text: 'It does not answer. This page tries again by itself.',
        },
      ]
  const stuck = steps.findIndex(({ state }) => state !== 'done')
  // Behind the first that is not done nothing can be said to wait.
  return steps.map((step, index) => (stuck >= 0 && index > stuck && step.state === 'wait' ? postponed(step) : step))
}

/** Without what to do, and the words that lead up to it: it is too early for that. */
function postponed({ title, text, code }) {
  return { title, state: 'later', text: code ? undefined : text }
}

function listening({ publicPort, version, apps, configProblems }) {
  const title = 'The relay is listening'
  if (apps.length === 0)
    return { title, state: 'fault', text: 'No app is configured, so nobody may send: set RELAY_KEY and RELAY_ORIGINS.' }
  if (configProblems.length > 0)
    return {
      title,
      state: 'fault',
      text: 'It runs, but a changed configuration is not in use:',
      notes: configProblems.map(({ field, text }) => (field ? `${field}: ${text}` : text)),
    }
  const names = apps.slice(0, 5).map(({ name }) => name)
  if (apps.length > names.length) names.push(`${apps.length - names.length} more`)
  return { title, state: 'done', text: `Version ${version}, port ${publicPort}, for ${names.join(', ')}.` }
}

function sending(status, relayUrl) {
  const { counts, apps, scriptLoads } = status
  const title = 'A page sends'
  if (counts.records > 0) {
    const from = Object.keys(counts.byApp).slice(0, 5).join(', ')
    return {
      title,
      state: 'done',
      text: `${records(counts.records)} arrived from ${from} since the relay was started.`,
    }
  }
  const refusals = recentRefusals(status)
  if (refusals.length > 0)
    return {
      title: 'A page was refused',
      state: 'fault',
      refusals: refusals.map(one => ({ ...one, hint: hintOf(one, apps) })),
    }
  const { name = '', key = '', origins = [], file } = apps[0] ?? {}
  const allowed = origins.length > 0 ? origins.join(', ') : `none, set ${file ? 'origins' : 'RELAY_ORIGINS'}`
  if (scriptLoads > 0)
    return {
      title: 'The script was loaded, but nothing was sent yet',
      state: 'wait',
      text: `Loaded ${times(scriptLoads)}. Log something, in the console of the browser for a start:`,
      code: consoleLine,
      notes: [
        `The page may have another key or address: it needs data-key="${key}".`,
        'In the Network tab of the browser, look for a POST to /v1/i/. Where it is "blocked by client", an ad blocker did that: serve the relay under a path of the page\'s own origin.',
        'The page may forbid it: its Content-Security-Policy needs the relay in connect-src.',
        'The SDK waits for consent, if you told it to; and it does nothing before Chrome 80, Firefox 78 or Safari 14.1.',
      ],
    }
  return {
    title: 'No request yet',
    state: 'wait',
    text: `Put this line into a page of ${name}, served from an allowed origin (${allowed}):`,
    code: `<script async src="${relayUrl}/sdk/v1/loki-beacon.js" data-key="${key}" data-app="${name}"></script>`,
    notes: [
      `Done already? In the Network tab of the browser, look for loki-beacon.js and for a POST to /v1/i/${key}.`,
      '"Blocked by client" is an ad blocker, which no server can see: serve the relay under a path of the page\'s own origin.',
      'Blocked by CSP: allow the relay in script-src and connect-src of the page.',
      `Refused or timed out: can the browser's machine reach ${relayUrl}? An https page can't talk to http.`,
    ],
  }
}

function spooling({ spool, counts }) {
  const title = 'Stored on disk'
  if (!spool) return { title, state: 'fault', text: 'The spool does not answer. Look into the log of the relay.' }
  if (!spool.writable)
    return {
      title,
      state: 'fault',
      text: `The spool is full. ${whyFull(spool)}Browsers keep their records until there is room. ${waiting(spool)}`,
    }
  if (counts.records === 0 && spool.records === 0)
    return { title, state: 'wait', text: 'Before the page gets its answer.' }
  return { title, state: 'done', text: spool.records === 0 ? 'Nothing waits.' : waiting(spool) }
}

function storing({ mode, lokiHost, lanes, outcomes, apps, spool, counts }) {
  const title = 'Stored in Loki'
  if (mode === 'standalone' && counts.records === 0 && !spool?.records)
    return { title: 'No Loki is configured', state: 'wait', text: 'Records will be kept on disk.' }
  if (mode === 'standalone')
    return {
      title: 'No Loki is configured',
      state: 'idle',
      text: 'All is kept on disk. Restart the relay with an address, and what waits is sent too:',
      code: 'LOKI_ENDPOINT=http://localhost:3100',
    }
  const troubled = lanes.find(({ reason }) => reason)
  if (troubled) {
    const { lane, state, reason, advice } = troubled
    return {
      title: `Not stored in Loki: ${lokiHost}`,
      state: 'fault',
      text:
        advice ??
        (state === 'stopped'
          ? 'Nothing of it is stored until something is changed. Loki said:'
          : 'The relay tries again by itself. Loki said:'),
      code: `tenant ${lane.slice(0, lane.indexOf(' '))}: ${reason}`,
      notes: spool ? [`Nothing is lost. ${waiting(spool)}`] : [],
    }
  }
  if (outcomes.stored === 0) return { title, state: 'wait', text: `${lokiHost} gets records within a second or two.` }
  const sending = apps.filter(({ name }) => Object.hasOwn(counts.byApp, name))
  const shown = sending.length > 0 ? sending : apps
  return {
    title,
    state: 'done',
    text: `${records(outcomes.stored)} since the relay was started. In Grafana, open Explore, choose Loki, and run:`,
    code: shown
      .slice(0, 5)
      .map(({ selector }) => `${selector} | json`)
      .join('\n'),
    notes: [...new Set(shown.slice(0, 5).map(({ tenant }) => tenant))].map(
      tenant => `Found nothing? The data source in Grafana must ask for the tenant ${tenant} (header X-Scope-OrgID).`,
    ),
  }
}

/** Without the age, which changes all the time. */
function waiting({ records: count }) {
  return count === 0 ? 'Nothing waits.' : `${records(count)} ${count === 1 ? 'waits' : 'wait'} on disk.`
}

function records(count) {
  return `${formatCount(count)} ${count === 1 ? 'record' : 'records'}`
}

function times(count) {
  return count === 1 ? 'once' : `${formatCount(count)} times`
}
