/** `ExchangeImpersonation`: one account asks for an operation to run as another (facts/administration.md B.8, B.10). */
import { isProxyAddress, type User } from '../../trust/directory.ts'
import { readSid } from '../../trust/sid.ts'
import type { Caller, Kit, ProductRequest } from '../product.ts'
import { childrenOf, NS, type XmlElement } from '../xml.ts'
import { done, type EwsResult, notPrimary, problem } from './ews-result.ts'

/** Allowed, or the code that says which right was lacking: that on the server, or that on the account or its scope. */
export type Impersonation = 'allowed' | 'ErrorImpersonationDenied' | 'ErrorImpersonateUserDenied'

/** What was decided, and by which rule: for the record, never for the caller. */
export interface ImpersonationDecision {
  readonly outcome: Impersonation
  readonly rule: string
}

/** Decides whether the caller may act as the account, which exists; it may be disabled. */
export type MayImpersonate = (caller: Caller, account: User, kit: Kit) => Promise<ImpersonationDecision>

/**
 * As whom the operation runs: the caller unchanged when the header asks for nobody else; when impersonation is allowed, a
 * caller whose `user` is that account and whose `impersonator` is who asked. Whatever is asked for goes into the record.
 */
export async function actingCaller(
  header: XmlElement | undefined,
  caller: Caller,
  kit: Kit,
  request: ProductRequest,
  decide: MayImpersonate,
): Promise<EwsResult<Caller>> {
  const asked = readImpersonation(header)
  if (!asked.ok) return asked
  if (asked.value === undefined) return done(caller)
  const account = await findAccount(asked.value, kit)
  const { outcome, rule } = account.ok
    ? await decide(caller, account.value, kit)
    : { outcome: account.code, rule: undefined }
  kit.record({
    kind: 'impersonation',
    requestId: request.requestId,
    through: `${request.method} ${request.path}`,
    partner: caller.partner.issuer,
    ...(caller.user && { user: caller.user.upn }),
    ...(account.ok && { actingAs: account.value.upn }),
    ...(rule !== undefined && { rule }),
    ...(outcome !== 'allowed' && { denied: outcome }),
  })
  if (!account.ok) return account
  if (outcome !== 'allowed') return problem(outcome)
  return done({
    ...caller,
    user: account.value,
    impersonator: { ...(caller.user && { user: caller.user }) },
  })
}

const KINDS = ['PrincipalName', 'SID', 'PrimarySmtpAddress', 'SmtpAddress'] as const

interface NamedAccount {
  readonly kind: (typeof KINDS)[number]
  readonly value: string
}

// `SerializedSecurityContext` is the other way to act as somebody else. It must not be passed over: the operation would run
// as the caller, in the wrong mailbox.
function readImpersonation(header: XmlElement | undefined): EwsResult<NamedAccount | undefined> {
  if (header === undefined) return done(undefined)
  const [impersonation, ...others] = childrenOf(header, NS.types, 'ExchangeImpersonation')
  const contexts = childrenOf(header, NS.types, 'SerializedSecurityContext').length
  if (others.length > 0 || contexts > 1 || (contexts > 0 && impersonation !== undefined)) {
    return problem('ErrorMoreThanOneAccessModeSpecified')
  }
  if (contexts > 0) return problem('ErrorTokenSerializationDenied')
  if (impersonation === undefined) return done(undefined)
  const [connecting, ...more] = impersonation.children
  const [named, ...besides] = connecting?.children ?? []
  const kind = KINDS.find((one) => named?.ns === NS.types && one === named.name)
  const value = named?.text.trim() ?? ''
  const isConnectingSid = connecting?.ns === NS.types && connecting.name === 'ConnectingSID'
  return isConnectingSid && kind !== undefined && value !== '' && more.length + besides.length === 0
    ? done({ kind, value })
    : problem('ErrorInvalidExchangeImpersonationHeaderData')
}

async function findAccount({ kind, value: given }: NamedAccount, kit: Kit): Promise<EwsResult<User>> {
  const value = kind === 'SID' ? readSid(given) : given
  if (value === undefined) return problem('ErrorInvalidSid')
  const key = kind === 'SID' ? 'sid' : kind === 'PrincipalName' ? 'upn' : 'smtp'
  const found = key === 'smtp' ? kit.directory.findByAddress(value) : kit.directory.find(key, value)
  const [account, ...others] = await found
  // Two accounts of one name are a fault of the directory; neither is chosen.
  if (others.length > 0) return problem('ErrorImpersonationFailed')
  if (account === undefined || (key === 'smtp' && !account.mailboxEnabled)) return problem(UNKNOWN[key])
  if (kind === 'PrimarySmtpAddress' && isProxyAddress(account, value)) return notPrimary(account)
  return done(account)
}

const UNKNOWN = {
  sid: 'ErrorInvalidUserSid',
  upn: 'ErrorInvalidUserPrincipalName',
  smtp: 'ErrorNonExistentMailbox',
} as const
