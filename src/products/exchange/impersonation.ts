/** `ExchangeImpersonation`: one account asks for an operation to run as another (facts/administration.md B.8, B.10). */
import { isProxyAddress, type User } from '../../trust/directory.ts'
import { readSid } from '../../trust/sid.ts'
import type { Caller, Kit, ProductRequest } from '../product.ts'
import { childrenOf, NS, type XmlElement } from '../xml.ts'
import { done, type EwsProblem, type EwsResult, notPrimary, problem } from './ews-result.ts'
import type { RuleCode } from './rbac/rules.ts'

/** Allowed, or the code that says which right was lacking: that on the server, or that on the account or its scope. */
export type Impersonation = 'allowed' | 'ErrorImpersonationDenied' | 'ErrorImpersonateUserDenied'

/** What was decided, and by which rule: for the record, never for the caller. */
export interface ImpersonationDecision {
  readonly outcome: Impersonation
  readonly rule: string
}

/**
 * Decides whether the caller may act as the account, which exists and may be disabled; without one, whether it may act as
 * anybody at all.
 */
export type MayImpersonate = (
  caller: Caller,
  account: User | undefined,
  kit: Kit,
) => Promise<ImpersonationDecision>

/**
 * As whom the operation runs: the caller unchanged when the header asks for nobody else; when impersonation is allowed, a
 * caller whose `user` is that account and whose `impersonator` is who asked. Whatever is asked for goes into the record.
 */
export async function actingCaller(
  header: XmlElement | undefined,
  caller: Caller,
  kit: Kit,
  { requestId, through }: Pick<ProductRequest, 'requestId' | 'through'>,
  decide: MayImpersonate,
): Promise<EwsResult<Caller>> {
  const read = readImpersonation(header)
  if (read.kind === 'nobody') return done(caller)
  const found = read.kind === 'unusable' ? read : await findAccount(read, kit)
  const { account } = found
  const isRead = read.kind !== 'unusable'
  // The right comes first: who may impersonate nobody is told the same of every name, known here or not.
  const decision = isRead ? await decide(caller, account, kit) : undefined
  const isDenied = decision !== undefined && decision.outcome !== 'allowed'
  const wrong = isDenied ? problem(decision.outcome) : found.wrong
  const rule = isDenied || wrong === undefined ? decision?.rule : found.rule
  kit.record({
    kind: 'impersonation',
    requestId,
    through,
    partner: caller.partner.issuer,
    ...(caller.user && { user: caller.user.upn }),
    ...(account === undefined ? { asked: askedIn(read) } : { actingAs: account.upn }),
    ...(rule !== undefined && { rule }),
    ...(wrong !== undefined && { denied: wrong.code }),
  })
  if (wrong !== undefined) return wrong
  if (account === undefined) throw new Error('an impersonation without a problem has an account')
  return done({
    ...caller,
    user: account,
    impersonator: { ...(caller.user && { user: caller.user }) },
  })
}

const KINDS = ['PrincipalName', 'SID', 'PrimarySmtpAddress', 'SmtpAddress'] as const

interface NamedAccount {
  readonly kind: (typeof KINDS)[number]
  readonly value: string
}

/** A header that names no account, and why. */
interface Unusable extends Found {
  readonly kind: 'unusable'
  /** The element by which somebody else was to be acted as. */
  readonly value: string
}

/** The account that a header names, unless there is none; and what is wrong with the name, with a rule for the record. */
interface Found {
  readonly account?: User
  readonly wrong?: EwsProblem
  readonly rule?: RuleCode
}

// `SerializedSecurityContext` is the other way to act as somebody else. It must not be passed over: the operation would run
// as the caller, in the wrong mailbox.
function readImpersonation(
  header: XmlElement | undefined,
): NamedAccount | Unusable | { readonly kind: 'nobody' } {
  if (header === undefined) return { kind: 'nobody' }
  const [impersonation, ...others] = childrenOf(header, NS.types, 'ExchangeImpersonation')
  const contexts = childrenOf(header, NS.types, 'SerializedSecurityContext').length
  const value = contexts > 0 ? 'SerializedSecurityContext' : 'ExchangeImpersonation'
  if (others.length > 0 || contexts > 1 || (contexts > 0 && impersonation !== undefined)) {
    const wrong = problem('ErrorMoreThanOneAccessModeSpecified')
    return { kind: 'unusable', value, wrong, rule: 'several_access_modes' }
  }
  if (contexts > 0) {
    const wrong = problem('ErrorTokenSerializationDenied')
    return { kind: 'unusable', value, wrong, rule: 'security_context_refused' }
  }
  if (impersonation === undefined) return { kind: 'nobody' }
  const [connecting, ...more] = impersonation.children
  const [named, ...besides] = connecting?.children ?? []
  const kind = KINDS.find((one) => named?.ns === NS.types && one === named.name)
  const name = named?.text.trim() ?? ''
  const isConnectingSid = connecting?.ns === NS.types && connecting.name === 'ConnectingSID'
  if (isConnectingSid && kind !== undefined && name !== '' && more.length + besides.length === 0)
    return { kind, value: name }
  const wrong = problem('ErrorInvalidExchangeImpersonationHeaderData')
  return { kind: 'unusable', value, wrong, rule: 'impersonation_header_malformed' }
}

const LONGEST_ASKED = 200

// In the caller's own words, of which nothing bounds the length.
function askedIn(read: NamedAccount | Unusable): string {
  return (read.kind === 'unusable' ? read.value : `${read.kind} ${read.value}`).slice(0, LONGEST_ASKED)
}

async function findAccount({ kind, value: given }: NamedAccount, kit: Kit): Promise<Found> {
  const value = kind === 'SID' ? readSid(given) : given
  if (value === undefined) return { wrong: problem('ErrorInvalidSid'), rule: 'sid_malformed' }
  const key = kind === 'SID' ? 'sid' : kind === 'PrincipalName' ? 'upn' : 'smtp'
  const found = key === 'smtp' ? kit.directory.findByAddress(value) : kit.directory.find(key, value)
  const [account, ...others] = await found
  // Two accounts of one name are a fault of the directory; neither is chosen.
  if (others.length > 0) return { wrong: problem('ErrorImpersonationFailed'), rule: 'account_ambiguous' }
  if (account === undefined || (key === 'smtp' && !account.mailboxEnabled))
    return { wrong: problem(UNKNOWN[key]), rule: 'account_not_found' }
  if (kind === 'PrimarySmtpAddress' && isProxyAddress(account, value))
    return { account, wrong: notPrimary(account), rule: 'address_not_primary' }
  return { account }
}

const UNKNOWN = {
  sid: 'ErrorInvalidUserSid',
  upn: 'ErrorInvalidUserPrincipalName',
  smtp: 'ErrorNonExistentMailbox',
} as const
