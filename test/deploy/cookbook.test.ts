import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { connectLoki } from '../support/realLoki.ts'
import { badCoupon, noCart, visits } from './knownVisits.ts'
import { type Answer, closeTo, startVisitedRelay } from './visitedLoki.ts'

const api = 'api.shop.example'

/** By question. Of lines their texts. */
const answers: Record<string, Answer[] | string[]> = {
  'Which release broke the checkout?': [[{ release: '1.5.0' }, 5]],
  'Which errors are the most frequent?': [
    [{ error: 'RangeError: coupon * is over', fingerprint: badCoupon }, 1],
    [{ error: 'TypeError: no cart *', fingerprint: noCart }, 5],
  ],
  'Which errors are new since a release?': [[{ fingerprint: badCoupon }, 1]],
  'In which releases, and where, does this error occur?': [
    [{ page_path: '/cart', release: '1.4.2' }, 1],
    [{ page_path: '/checkout', release: '1.5.0' }, 4],
  ],
  'How often did it happen, with all repetitions?': [[{}, 45]],
  'Does one browser have more errors than its share?': [
    [{ browser: 'Chrome 156' }, 1.5],
    [{ browser: 'Firefox 152' }, 1],
    [{ browser: 'Safari 26' }, 2],
  ],
  'Which errors were thrown, and which did we log ourselves?': [
    [{ mechanism: 'log' }, 1],
    [{ mechanism: 'onerror' }, 5],
  ],
  'How many sessions saw an error?': [
    [{ release: '1.4.2' }, 1],
    [{ release: '1.5.0' }, 2],
  ],
  'What share of the sessions had none?': [
    [{ release: '1.4.2' }, 0.5],
    [{ release: '1.5.0' }, 0],
  ],
  'Which users met this error?': [
    [{ user_id: 'u_41' }, 1],
    [{ user_id: 'u_42' }, 2],
  ],
  'What did user u_42 do before the error?': [
    '/checkout TypeError: no cart 17 after main#shop > form > button.primary[data-testid=buy]',
  ],
  'What happened in this session?': [
    'event /cart session_start',
    'measurement /cart lcp',
    'measurement /cart inp',
    'measurement /cart cls',
    'measurement /cart fcp',
    'measurement /cart ttfb',
    `log /cart GET ${api}/cart failed`,
    'exception /cart TypeError: no cart 17',
  ],
  'What is the p75 of LCP, by route?': [
    [{ page_path: '/' }, 1750],
    [{ page_path: '/cart' }, 3000],
    [{ page_path: '/checkout' }, 5625],
  ],
  'How many page loads were poor, by connection?': [
    [{ connection: '3g', rating: 'needs-improvement' }, 1],
    [{ connection: '4g', rating: 'good' }, 2],
    [{ connection: '4g', rating: 'poor' }, 2],
  ],
  'Is it the server? The p75 of the first byte, by release': [
    [{ release: '1.4.2' }, 175],
    [{ release: '1.5.0' }, 850],
  ],
  'How long does our search take?': [[{ app: 'shop' }, 182]],
  'Which endpoints fail?': [
    [{ host: api, method: 'GET', status: '' }, 1],
    [{ host: api, method: 'POST', status: '503' }, 2],
  ],
  "What does the server's trace say of them?": [`0af7651916cd43dd8448eb211c80319c POST ${api}/v1/orders/4711 503`],
  'Which scripts did not load, and in which release?': [
    [{ release: '1.5.0', source: 'https://shop.example/chunk.js' }, 1],
  ],
  'How often was a coupon used, and which?': [[{ code: 'SPRING' }, 1]],
}

test('the questions of docs/cookbook.md are answered by Loki, right', async t => {
  const doc = readFileSync(new URL('../../docs/cookbook.md', import.meta.url), 'utf8')
  const questions = doc
    .split(/^### /m)
    .slice(1)
    .map(section => ({
      question: section.slice(0, section.indexOf('\n')),
      query: /```logql\n(.*?)\n```/s.exec(section)?.[1] ?? '',
    }))
  assert.deepEqual(
    questions.map(({ question }) => question),
    Object.keys(answers),
  )
  assert.equal(doc.match(/```logql/g)?.length, questions.length)
  const visited = await startVisitedRelay(t, await connectLoki())
  await visited.receive(visits)
  for (const { question, query } of questions) {
    const answer = await visited.ask(query)
    const isLines = query.startsWith('{')
    closeTo(isLines ? answer.map(([, line]) => line) : answer, answers[question], question)
  }
})
