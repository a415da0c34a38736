/**
 * Who may use Exchange Web Services with which application (facts/administration.md B.9). Applications are known by their
 * `User-Agent`, which anyone can write: this keeps order, not strangers out. Tokens are checked before.
 */
import { matches } from '../../wildcard.ts'

export const EWS_POLICIES = ['EnforceAllowList', 'EnforceBlockList'] as const
export type EwsPolicy = (typeof EWS_POLICIES)[number]

/** What can be set for the organization and for one mailbox. `null` is: not set, the next one decides. */
export interface EwsSettings {
  readonly ewsEnabled: boolean | null
  readonly ewsApplicationAccessPolicy: EwsPolicy | null
  /** Patterns of `User-Agent`. An empty list under its policy allows nothing, and so does one that is not set. */
  readonly ewsAllowList: readonly string[] | null
  /** An empty list under its policy blocks nothing. */
  readonly ewsBlockList: readonly string[] | null
  readonly ewsAllowOutlook: boolean | null
  readonly ewsAllowMacOutlook: boolean | null
  readonly ewsAllowEntourage: boolean | null
}

/** The families of applications that have a switch of their own, in the order in which they are looked for. */
export const AGENT_FAMILIES = ['macOutlook', 'entourage', 'outlook'] as const
export type AgentFamily = (typeof AGENT_FAMILIES)[number]

export interface OrganizationEwsSettings extends EwsSettings {
  /**
   * Which of two rules holds when the organization has `ewsEnabled` false. Off, as the document of 2012 has it: a mailbox
   * that is enabled by itself prevails. On, as today's reference has it: nothing prevails.
   */
  readonly orgDisableIsFinal: boolean
  /** By which patterns of `User-Agent` a family is known. */
  readonly userAgentClasses: Readonly<Record<AgentFamily, readonly string[]>>
}

/** A mailbox that nobody has set anything for. */
export const NOTHING_SET: EwsSettings = {
  ewsEnabled: null,
  ewsApplicationAccessPolicy: null,
  ewsAllowList: null,
  ewsBlockList: null,
  ewsAllowOutlook: null,
  ewsAllowMacOutlook: null,
  ewsAllowEntourage: null,
}

/** An organization that nobody has set anything for. No source lists the families' `User-Agent`s: these are as seen. */
export const ORGANIZATION_DEFAULTS: OrganizationEwsSettings = {
  ...NOTHING_SET,
  orgDisableIsFinal: false,
  userAgentClasses: {
    macOutlook: ['MacOutlook/*'],
    entourage: ['Entourage/*'],
    outlook: ['Microsoft Office/*Outlook*', 'Outlook/*', 'Microsoft Outlook/*'],
  },
}

type Place = 'mailbox' | 'organization'
type Switch = 'EwsEnabled' | 'EwsAllowOutlook' | 'EwsAllowMacOutlook' | 'EwsAllowEntourage'

/** What decided: the place and the setting or policy there, or that nothing is set. */
export type EwsRule = `${Place} ${Switch | EwsPolicy}` | 'nothing is set'

export interface EwsDecision {
  readonly allowed: boolean
  readonly rule: EwsRule
  /** The entry of the list that the application fits. */
  readonly pattern?: string
}

const SWITCHES = {
  macOutlook: ['ewsAllowMacOutlook', 'EwsAllowMacOutlook'],
  entourage: ['ewsAllowEntourage', 'EwsAllowEntourage'],
  outlook: ['ewsAllowOutlook', 'EwsAllowOutlook'],
} as const satisfies Record<AgentFamily, readonly [keyof EwsSettings, Switch]>

/**
 * Decides for one call. `mailbox` has the settings of the subject: the caller, who may be a delegate, or the owner whom the
 * caller impersonates; a principal's own settings never count for the delegate. Both must allow: first the mailbox
 * (`EwsEnabled`), then the application (its family's switch, else the policy in force).
 */
export function decideEwsAccess(
  userAgent: string | undefined,
  organization: OrganizationEwsSettings,
  mailbox: EwsSettings,
): EwsDecision {
  const enabled = isEnabled(organization, mailbox)
  if (!enabled.allowed) return enabled
  const settings = [
    ['mailbox', mailbox],
    ['organization', organization],
  ] as const
  const family = familyOf(userAgent, organization)
  if (family !== undefined) {
    const [member, name] = SWITCHES[family]
    for (const [place, { [member]: allowed }] of settings) {
      if (allowed !== null) return { allowed, rule: `${place} ${name}` }
    }
  }
  for (const [place, those] of settings) {
    const policy = those.ewsApplicationAccessPolicy
    if (policy !== null) return byPolicy(userAgent, place, policy, those)
  }
  return enabled
}

function isEnabled(organization: OrganizationEwsSettings, { ewsEnabled: own }: EwsSettings): EwsDecision {
  const { ewsEnabled: general, orgDisableIsFinal } = organization
  if (orgDisableIsFinal && general === false) return { allowed: false, rule: 'organization EwsEnabled' }
  if (own !== null) return { allowed: own, rule: 'mailbox EwsEnabled' }
  if (general !== null) return { allowed: general, rule: 'organization EwsEnabled' }
  return { allowed: true, rule: 'nothing is set' }
}

/** The family of an application, if it is one of those that have a switch. */
export function familyOf(
  userAgent: string | undefined,
  { userAgentClasses }: Pick<OrganizationEwsSettings, 'userAgentClasses'>,
): AgentFamily | undefined {
  if (userAgent === undefined) return undefined
  return AGENT_FAMILIES.find((family) =>
    userAgentClasses[family].some((pattern) => matches(pattern, userAgent)),
  )
}

function byPolicy(
  userAgent: string | undefined,
  place: Place,
  policy: EwsPolicy,
  { ewsAllowList, ewsBlockList }: EwsSettings,
): EwsDecision {
  const list = (policy === 'EnforceAllowList' ? ewsAllowList : ewsBlockList) ?? []
  // An application that does not say what it is fits no pattern.
  const pattern =
    userAgent === undefined ? undefined : list.find((candidate) => matches(candidate, userAgent))
  return {
    allowed: (pattern !== undefined) === (policy === 'EnforceAllowList'),
    rule: `${place} ${policy}`,
    ...(pattern !== undefined && { pattern }),
  }
}
