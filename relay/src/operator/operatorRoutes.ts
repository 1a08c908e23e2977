import express, { type RequestHandler, type Router } from 'express'
import { z } from 'zod'
import { RelayError } from '../errors.ts'
import { isFromHere } from '../fromHere.ts'
import { maxRows, type Operations } from './operations.ts'

const rowId = z.int().min(1)
const rowIds = z.strictObject({ ids: z.array(rowId).max(maxRows) })
const requests = {
  list: z.strictObject({ after: z.int().min(0), limit: z.int().min(1).max(maxRows) }),
  show: z.strictObject({ id: rowId }),
  retry: rowIds,
  purge: rowIds,
}

/**
 * The operations on the admin port, for the commands of this program on this machine. All of them are POST, reading too:
 * with that a browser always tells the page's origin, by which it is refused before it comes here.
 */
export function operatorRoutes(operations: Operations): Router {
  const router = express.Router()
  router.use(onlyFromHere, express.json({ limit: '64kb', inflate: false }))
  for (const [name, perform] of Object.entries(performers(operations)))
    router.post(`/${name}`, async (req, res) => {
      // JSON has no undefined: a row that is not there is null.
      res.set('Cache-Control', 'no-store').json((await perform(req.body)) ?? null)
    })
  return router
}

function performers(operations: Operations): Record<keyof Operations, (body: unknown) => Promise<unknown>> {
  return {
    report: () => operations.report(),
    list: body => operations.list(read(requests.list, body)),
    show: body => operations.show(read(requests.show, body).id),
    retry: body => operations.retry(read(requests.retry, body).ids),
    purge: body => operations.purge(read(requests.purge, body).ids),
  }
}

function read<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw new RelayError('bad_request', { detail: 'this is for the commands of loki-beacon-relay, of the same version' })
}

/** What was logged is shown and deleted here, so this stays on the machine where the admin port does not. */
const onlyFromHere: RequestHandler = (req, _res, next) => {
  if (!isFromHere(req)) throw new RelayError('not_found', { detail: 'it is for commands on the machine itself' })
  next()
}
