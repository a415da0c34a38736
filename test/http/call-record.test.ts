/** The record comes first: where it cannot be written nothing is changed, and where it was the outcome is never missing. */
import express from 'express'
import supertest from 'supertest'
import { openCallRecorder } from '../../src/http/admin/call-record.ts'
import { type AdminRequest, type AdminRoute, ProblemError } from '../../src/http/admin/route.ts'
import { adminRouter } from '../../src/http/admin/router.ts'
import type { AuditEvent } from '../../src/trust/audit-record.ts'

const TOKEN = { name: 'first', scope: 'administer', hash: '', createdAt: 0 } as const

function server(handle: AdminRoute['handle'], write: (event: AuditEvent) => Promise<void>) {
  const route: AdminRoute = {
    ...{ method: 'DELETE', path: '/things/:name', scope: 'administer', kind: 'administration', handle },
    change: ({ param }: AdminRequest) => ({ subject: param('name') }),
  }
  const recorder = openCallRecorder({ write, record: () => undefined }, () => 0)
  const app = express()
  app.use(
    adminRouter(
      [route],
      () => ({ ok: true, token: TOKEN }),
      () => undefined,
      recorder,
    ),
  )
  app.use((_error: unknown, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    res.status(500).end()
  })
  return supertest(app)
}

test('nothing is changed where the record cannot be written', async () => {
  let changed = 0
  const handle = async () => {
    changed++
    return { status: 204 } as const
  }
  const write = async () => {
    throw new Error('disk full')
  }
  expect((await server(handle, write).delete('/things/a')).status).toBe(500)
  expect(changed).toBe(0)
})

test.each<[string, () => Promise<{ status: 204 }>, object]>([
  ['done', async () => ({ status: 204 }), { stage: 'done', status: 204 }],
  [
    'refused',
    async () => {
      throw new ProblemError({ status: 409, title: 'No', code: 'partner_key_shared' })
    },
    { stage: 'failed', status: 409, code: 'partner_key_shared' },
  ],
  [
    'what nobody expected',
    async () => {
      throw new Error('surprise')
    },
    { stage: 'failed', status: 500 },
  ],
])(
  'what was asked is on disk before it is done, and what was %s before it is answered',
  async (_, act, outcome) => {
    const steps: unknown[] = []
    const handle = async () => {
      steps.push('changes')
      return act()
    }
    const write = async ({ stage, subject }: AuditEvent) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      steps.push(`${stage} ${subject} is on disk`)
    }
    const events: AuditEvent[] = []
    const noting = async (event: AuditEvent) => {
      events.push(event)
      await write(event)
    }
    await server(handle, noting)
      .delete('/things/a')
      .then(() => steps.push('answered'))
    const { stage } = outcome as { stage: string }
    expect(steps).toEqual(['asked a is on disk', 'changes', `${stage} a is on disk`, 'answered'])
    expect(events[1]).toMatchObject({
      kind: 'administration',
      administrator: 'first',
      subject: 'a',
      ...outcome,
    })
  },
)
