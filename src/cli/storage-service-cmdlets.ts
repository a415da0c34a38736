/** The rows of the table of cmdlets that are about Lync's Storage Service. */
import { EXCHANGE_ARCHIVING_POLICIES } from '../products/lync/archiving.ts'
import { SETTINGS } from '../products/lync/settings.ts'
import { COMPONENTS } from '../products/lync/storage-failure.ts'
import type { Cmdlet } from './cmdlets.ts'

const quiet = ['Force', 'Confirm', 'Verbose']
// There is one collection of these settings.
const global = { positional: 'Identity', fixed: { Identity: 'global' }, quiet }

export const STORAGE_SERVICE_CMDLETS: Readonly<Record<string, Cmdlet>> = {
  'Test-CsExStorageNotification': {
    command: ['test', 'storage-notification'],
    values: { SipUri: '--sip-uri' },
    switches: { DeleteItem: '--delete-item' },
    positional: 'SipUri',
    quiet: ['Force', 'Verbose'],
    quietValues: ['Binding', 'HostNameStorageService'],
  },
  'Test-CsUnifiedContactStore': {
    command: ['test', 'unified-contact-store'],
    values: { UserSipAddress: '--sip-uri' },
    positional: '',
    quiet: ['Force', 'Verbose', 'Setup', 'SetupAndRun'],
    quietValues: [
      'TargetFqdn',
      'UserCredential',
      'Authentication',
      'RegistrarPort',
      'OutLoggerVariable',
      'OutVerboseVariable',
    ],
  },
  'Debug-CsUnifiedContactStore': {
    command: ['contact-store', 'show'],
    values: { Identity: '' },
    positional: 'Identity',
    argument: 'Identity',
    quiet,
    quietValues: ['PoolFqdn'],
  },
  'Invoke-CsUcsRollback': {
    command: ['contact-store', 'rollback'],
    values: { Identity: '' },
    positional: 'Identity',
    argument: 'Identity',
    quiet: [...quiet, 'PassThru'],
    quietValues: ['DomainController'],
  },
  'Debug-CsStorageServiceFailures': {
    command: ['storage-failures', 'list'],
    values: {
      AdapterId: '--adapter-id',
      SipUri: '--sip-uri',
      StartTime: '--start-time',
      EndTime: '--end-time',
      Component: '--component',
      OutFileName: '--output',
    },
    choices: { Component: COMPONENTS },
    positional: '',
    quiet: ['Force', 'Verbose'],
    quietValues: ['Binding', 'HostNameStorageService'],
  },
  'Get-CsArchivingConfiguration': { command: ['archiving', 'show'], values: {}, ...global },
  'Set-CsArchivingConfiguration': {
    command: ['archiving', 'set'],
    values: { EnableArchiving: '--enable-archiving' },
    choices: { EnableArchiving: SETTINGS.archivingConfiguration.shape.enableArchiving.unwrap().options },
    booleans: {
      EnableExchangeArchiving: '--enable-exchange-archiving',
      BlockOnArchiveFailure: '--block-on-archive-failure',
    },
    ...global,
  },
  'Get-CsArchivingPolicy': { command: ['archiving-policy', 'show'], values: {}, ...global },
  'Set-CsArchivingPolicy': {
    command: ['archiving-policy', 'set'],
    values: {},
    booleans: { ArchiveInternal: '--archive-internal', ArchiveExternal: '--archive-external' },
    ...global,
  },
  'Get-CsConversationHistoryConfiguration': {
    command: ['conversation-history', 'show'],
    values: {},
    ...global,
  },
  'Set-CsConversationHistoryConfiguration': {
    command: ['conversation-history', 'set'],
    values: { MaxContinuedConversationRetry: '--max-continued-conversation-retry' },
    booleans: { EnableServerConversationHistory: '--enable-server-conversation-history' },
    ...global,
  },
  'Get-CsUserServicesPolicy': { command: ['user-services-policy', 'show'], values: {}, ...global },
  'Set-CsUserServicesPolicy': {
    command: ['user-services-policy', 'set'],
    values: {},
    booleans: { UcsAllowed: '--ucs-allowed' },
    ...global,
  },
  'Set-CsUser': {
    command: ['lync-user', 'set'],
    values: { Identity: '', ExchangeArchivingPolicy: '--exchange-archiving-policy' },
    choices: { ExchangeArchivingPolicy: EXCHANGE_ARCHIVING_POLICIES },
    positional: 'Identity',
    argument: 'Identity',
    quiet,
  },
}
