/** Calling a partner: what is recorded of it and what goes out belong together. */
import { join } from 'node:path'
import { mintFor, postXml } from '../../src/products/partner-call.ts'
import type { Kit, OutboundRequest } from '../../src/products/product.ts'
import { AppId, Realm, WELL_KNOWN } from '../../src/protocol/ids.ts'
import { tokenHash } from '../../src/protocol/token-hash.ts'
import { readSigningKey } from '../../src/server/key-files.ts'
import type { AuditEvent } from '../../src/trust/audit-record.ts'
import { openMinter } from '../../src/trust/minter.ts'
import { CERTIFICATES } from '../support/farm.ts'

test('a token is recorded under the client-request-id that its call carries', async () => {
  const file = (suffix: string) => join(CERTIFICATES, `lync-${suffix}.pem`)
  const application = { appId: WELL_KNOWN.lync, realm: Realm.parse('litwareinc.com') }
  const recorded: AuditEvent[] = []
  const sent: OutboundRequest[] = []
  let ids = 0
  const kit = {
    identity: { application, hosts: [], port: 0, ...readSigningKey(file('oauth'), file('oauth-key')) },
    now: () => 1_000_000,
    minter: openMinter(),
    newId: () => `id ${++ids}`,
    record: (event: AuditEvent) => recorded.push(event),
    send: async (request: OutboundRequest) => {
      sent.push(request)
      return { answered: true, status: 200, header: () => [], body: '<a/>' }
    },
  } as unknown as Kit
  const partner = {
    application: { appId: AppId.parse(WELL_KNOWN.exchange), realm: application.realm },
    issuer: 'exchange',
    source: { kind: 'document' },
  } as never
  const user = { sid: 'S-1-5-21-1', upn: 'ken@litwareinc.com' } as never
  const url = 'https://localhost/EWS/Exchange.asmx'
  const made = await mintFor(url, partner, user, kit)
  if (!made.ok) throw new Error(made.code)
  const minted = made.value
  await postXml(url, minted, '<a/>', partner, kit)
  expect(recorded).toMatchObject([{ kind: 'minted', requestId: 'id 1', tokenHash: tokenHash(minted.token) }])
  expect(sent.map(({ headers }) => headers['client-request-id'])).toEqual(['id 1'])
})
