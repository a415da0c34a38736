/** Where a user's side of a conversation is archived: the one decision (facts/administration.md A.9). */
import type { Settings } from './settings.ts'

/** What a user's own setting can be (Set-CsUser -ExchangeArchivingPolicy). */
export const EXCHANGE_ARCHIVING_POLICIES = [
  'Uninitialized',
  'UseLyncArchivingPolicy',
  'NoArchiving',
  'ArchivingToExchange',
] as const
export type ExchangeArchivingPolicy = (typeof EXCHANGE_ARCHIVING_POLICIES)[number]

/** What kind of conversation it is. */
export const MODALITIES = ['InstantMessage', 'WebConference'] as const
export type Modality = (typeof MODALITIES)[number]

export interface ArchivingQuestion {
  readonly configuration: Settings<'archivingConfiguration'>
  readonly policy: Settings<'archivingPolicy'>
  readonly userPolicy: ExchangeArchivingPolicy
  /** Whether the user's mailbox is held, so that Purges takes what is archived (`archivingEnabled` of the user). */
  readonly isHeld: boolean
  readonly modality: Modality
  /** Whether somebody takes part who is no user of this server. */
  readonly isExternal: boolean
}

/** Where to, and the setting that says so. */
export interface ArchivingDecision {
  readonly to: 'exchange' | 'lync' | 'nowhere'
  readonly because: string
}

/**
 * Decides. What the configuration rules out nothing brings back; then the user's own setting counts, then the hold, then
 * Lync's policies, which have no say over what goes to Exchange.
 */
export function decideArchiving(question: ArchivingQuestion): ArchivingDecision {
  const { configuration, userPolicy, isHeld, modality } = question
  if (configuration.enableArchiving === 'None') return { to: 'nowhere', because: 'enableArchiving is None' }
  if (configuration.enableArchiving === 'ImOnly' && modality === 'WebConference')
    return { to: 'nowhere', because: 'enableArchiving is ImOnly' }
  if (!configuration.enableExchangeArchiving) {
    return userPolicy === 'NoArchiving' ? NO_ARCHIVING : byLyncPolicy(question)
  }
  switch (userPolicy) {
    case 'NoArchiving':
      return NO_ARCHIVING
    case 'ArchivingToExchange':
      return { to: 'exchange', because: 'exchangeArchivingPolicy is ArchivingToExchange' }
    case 'UseLyncArchivingPolicy':
      return byLyncPolicy(question)
    case 'Uninitialized':
      return isHeld ? { to: 'exchange', because: 'the mailbox is held' } : byLyncPolicy(question)
  }
}

const NO_ARCHIVING: ArchivingDecision = {
  to: 'nowhere',
  because: 'exchangeArchivingPolicy is NoArchiving',
}

function byLyncPolicy({ policy, isExternal }: ArchivingQuestion): ArchivingDecision {
  const [member, isOn] = isExternal
    ? ['archiveExternal', policy.archiveExternal]
    : ['archiveInternal', policy.archiveInternal]
  return { to: isOn ? 'lync' : 'nowhere', because: `${member} is ${isOn}` }
}
