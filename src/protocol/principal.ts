/** Names of applications: `<appId>@<realm>`, and of an application on a host: `<appId>/<host>@<realm>` (facts/protocol.md 2.2). */
import { AppId, Realm } from './ids.ts'
import { accept, type Outcome, type Refusal, refuse } from './outcome.ts'

/** An application in a realm. */
export interface Principal {
  readonly appId: AppId
  readonly realm: Realm
}

/** An application on a host in a realm. The host may carry a port; hosts are compared without regard to case. */
export interface Audience extends Principal {
  readonly host: string
}

export function formatPrincipal({ appId, realm }: Principal): string {
  return `${appId}@${realm}`
}

export function formatAudience({ appId, host, realm }: Audience): string {
  return `${appId}/${host.toLowerCase()}@${realm}`
}

/** Reads `<appId>@<realm>` as an administrator or a document may write it: letters in any case. */
export function parsePrincipal(text: string): Principal | undefined {
  const [left, right, ...more] = text.split('@')
  const appId = AppId.safeParse(left)
  const realm = Realm.safeParse(right)
  if (more.length > 0 || !appId.success || !realm.success) return undefined
  return { appId: appId.data, realm: realm.data }
}

// host, host:port, [v6], [v6]:port
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?::(?:0|[1-9][0-9]{0,4}))?$/

/** The three parts of an `aud` claim, as they stand: nothing is lower-cased, for ids and realms are compared exactly. */
export interface AudienceParts {
  readonly appId: string
  readonly host: string
  readonly realm: string
}

export function parseAudience(text: string): Outcome<AudienceParts> {
  const slash = text.indexOf('/')
  const at = text.indexOf('@')
  if (slash <= 0 || at < slash || text.indexOf('/', slash + 1) !== -1 || text.indexOf('@', at + 1) !== -1)
    return refuseAudience(text)
  const parts = { appId: text.slice(0, slash), host: text.slice(slash + 1, at), realm: text.slice(at + 1) }
  if (!HOST.test(parts.host) || parts.realm === '') return refuseAudience(text)
  return accept(parts)
}

function refuseAudience(seen: string): Refusal {
  return refuse('audience_malformed', { at: 'aud', expected: '<application id>/<host>@<realm>', seen })
}

/** Whether `text` can stand as the host part of an audience. */
export function isAudienceHost(text: string): boolean {
  return text.length <= 255 && HOST.test(text)
}
