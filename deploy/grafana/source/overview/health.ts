import { loki } from '../dashboard.ts'
import type { Row } from '../layout.ts'
import { stat } from '../panels.ts'
import { count, crashFree, exceptions, firstErrors, orZero, sessionStarts } from '../records.ts'

const size = { datasource: loki, w: 4, h: 4 }
const signedIn = `${firstErrors} | user_id!=""`
const faults = count(exceptions, 'fingerprint', '$__range')
const faultsBefore = count(exceptions, 'fingerprint', '1d', '$__range')

export const health: Row = {
  title: 'Health',
  panels: [
    stat({
      ...size,
      title: 'Errors',
      description:
        'Exceptions that were recorded, caught ones that the app logged included. More than usual: look at "Top errors" for what it is, and at "Errors by release" for since when.',
      unit: 'short',
      queries: [{ expr: orZero(count(exceptions, undefined, '$__range')) }],
      explore: exceptions,
    }),
    stat({
      ...size,
      title: 'Crash-free sessions',
      description:
        'Share of the sessions without any exception. Red: more than one session in twenty has met one. Compare the releases below, and roll back the one that is worse. Over less than an hour it is inexact, since sessions that began earlier can fail in it.',
      unit: 'percentunit',
      decimals: 2,
      max: 1,
      steps: [['red'], ['orange', 0.95], ['green', 0.99]],
      queries: [{ expr: crashFree() }],
      explore: firstErrors,
    }),
    stat({
      ...size,
      title: 'Sessions',
      description:
        'Sessions that began. Far fewer than usual: pages do not load, or their records do not come; look at the relay and at its limits.',
      unit: 'short',
      queries: [{ expr: orZero(count(sessionStarts, undefined, '$__range')) }],
      explore: sessionStarts,
    }),
    stat({
      ...size,
      title: 'Sessions with an error',
      description:
        'Sessions whose first exception came in this time. When it grows and "Errors" does not, one fault meets many visitors: look at "Top errors".',
      unit: 'short',
      queries: [{ expr: orZero(count(firstErrors, undefined, '$__range')) }],
      explore: firstErrors,
    }),
    stat({
      ...size,
      title: 'Signed-in sessions with an error',
      description:
        'As before, of visitors whose user id was known by then: about the number of users affected. Loki does not count distinct users by the thousand; Explore lists them.',
      unit: 'short',
      queries: [{ expr: orZero(count(signedIn, undefined, '$__range')) }],
      explore: signedIn,
    }),
    stat({
      ...size,
      title: 'New errors',
      description:
        'Faults of this time that did not occur in the 24 hours before it. Red: there is one. "Top errors" names it; look which release brought it.',
      unit: 'short',
      steps: [['green'], ['red', 1]],
      queries: [{ expr: orZero(`count(${faults} unless ${faultsBefore})`) }],
      explore: exceptions,
    }),
  ],
}
