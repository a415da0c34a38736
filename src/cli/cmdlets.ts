/** Cmdlets as they stand in Microsoft's runbooks, turned into our own commands: one table, no second implementation. */
import { ConfigError } from '../server/config-error.ts'
import { EXCHANGE_CMDLETS } from './exchange-cmdlets.ts'
import { SHAREPOINT_CMDLETS } from './sharepoint-cmdlets.ts'
import { STORAGE_SERVICE_CMDLETS } from './storage-service-cmdlets.ts'
import { TOKEN_SERVER_CMDLETS } from './token-server-cmdlets.ts'

export interface Cmdlet {
  readonly command: readonly string[]
  /** Parameter → our option. */
  readonly values: Readonly<Record<string, string>>
  /** Switches: on when named, or `-Name:$true`. */
  readonly switches?: Readonly<Record<string, string>>
  /** What a switch says that is turned off, `-Name:$false`; absent: nothing. */
  readonly off?: Readonly<Record<string, string>>
  /** `$true` or `$false` must follow. */
  readonly booleans?: Readonly<Record<string, string>>
  /** The parameter that may stand without its name (empty: none), and whether it is an argument of ours instead of an option. */
  readonly positional: string
  readonly argument?: string
  /** Switches that have no effect here: nothing asks for confirmation, and everything is said anyway. */
  readonly quiet?: readonly string[]
  /** The command for no argument, where that is another one: `Get-` of everything. */
  readonly all?: readonly string[]
  /** A switch that makes it another command. */
  readonly instead?: Readonly<Record<string, readonly string[]>>
  /** Parameters with a value that has no effect here: the Storage Service is reached over REST, wherever it is. */
  readonly quietValues?: readonly string[]
  /** Parameters that say by being there which command is meant. */
  readonly actions?: Readonly<Record<string, readonly string[]>>
  /** One of these must be there. */
  readonly oneOf?: readonly string[]
  /** Parameters that have one meaning here: what they must say, in any case. */
  readonly fixed?: Readonly<Record<string, string>>
}

// Says what would be called.
const EVERYWHERE = { WhatIf: '--what-if' }

const keys = {
  MetadataUrl: '--metadata-url',
  CertificateFileData: '--certificate',
  CertificateRawData: '--certificate-data',
  ApplicationTrustLevel: '--trust-level',
}
const booleans = { AcceptSecurityIdentifierInformation: '--accept-sids', Enabled: '--enabled' }
const quiet = ['Force', 'Confirm', 'Verbose']
const ewsAccess = {
  EwsEnabled: '--ews-enabled',
  EwsApplicationAccessPolicy: '--ews-application-access-policy',
  EwsAllowList: '--ews-allow-list',
  EwsBlockList: '--ews-block-list',
  EwsAllowOutlook: '--ews-allow-outlook',
  EwsAllowMacOutlook: '--ews-allow-mac-outlook',
  EwsAllowEntourage: '--ews-allow-entourage',
}
const ofUser = { Identity: '', User: '--user' }
const withRights = { ...ofUser, AccessRights: '--access-rights' }
const byIdentity = { positional: 'Identity', argument: 'Identity', quiet }

export const CMDLETS: Readonly<Record<string, Cmdlet>> = {
  ...EXCHANGE_CMDLETS,
  'Test-CsExStorageConnectivity': {
    command: ['test', 'storage-connectivity'],
    values: { SipUri: '--sip-uri', Folder: '--folder' },
    switches: { DeleteItem: '--delete-item' },
    positional: 'SipUri',
    quiet: ['Force', 'Verbose', 'UseCache'],
    quietValues: ['Binding', 'HostNameStorageService'],
  },
  ...STORAGE_SERVICE_CMDLETS,
  'New-CsPartnerApplication': {
    command: ['partner', 'add', '--server', 'lync'],
    values: { Identity: '--identity', ApplicationIdentifier: '--application-id', Realm: '--realm', ...keys },
    switches: { UseOAuthServer: '--use-auth-server' },
    booleans,
    positional: 'Identity',
    quiet,
  },
  'Get-CsPartnerApplication': {
    command: ['partner', 'show', '--server', 'lync'],
    all: ['partner', 'list', '--server', 'lync'],
    values: { Identity: '', Filter: '--filter' },
    positional: 'Identity',
    argument: 'Identity',
    quiet: ['LocalStore', 'Verbose'],
  },
  'Set-CsPartnerApplication': {
    command: ['partner', 'set', '--server', 'lync'],
    values: { Identity: '', ...keys },
    switches: { UseOAuthServer: '--use-auth-server' },
    booleans,
    positional: 'Identity',
    argument: 'Identity',
    quiet,
  },
  'Remove-CsPartnerApplication': {
    command: ['partner', 'remove', '--server', 'lync'],
    values: { Identity: '' },
    positional: 'Identity',
    argument: 'Identity',
    quiet,
  },
  'Get-AuthConfig': { command: ['key', 'list', '--server', 'exchange'], values: {}, positional: '', quiet },
  'Set-AuthConfig': {
    command: ['key', 'stage', '--server', 'exchange'],
    values: {
      NewCertificateThumbprint: '',
      CertificateThumbprint: '',
      NewCertificateEffectiveDate: '--effective',
    },
    switches: { Force: '--force' },
    actions: {
      NewCertificateThumbprint: ['key', 'stage', '--server', 'exchange'],
      CertificateThumbprint: ['key', 'replace', '--server', 'exchange'],
      PublishCertificate: ['key', 'publish', '--server', 'exchange'],
      ClearPreviousCertificate: ['key', 'clear-previous', '--server', 'exchange'],
    },
    oneOf: [
      'NewCertificateThumbprint',
      'CertificateThumbprint',
      'PublishCertificate',
      'ClearPreviousCertificate',
    ],
    positional: '',
    quiet: [
      'PublishCertificate',
      'ClearPreviousCertificate',
      'SkipImmediateCertificateDeployment',
      'Confirm',
      'Verbose',
    ],
    quietValues: ['Server'],
  },
  'Get-CsCertificate': {
    command: ['key', 'list', '--server', 'lync'],
    values: {},
    fixed: { Type: 'OAuthTokenIssuer' },
    positional: 'Type',
    quiet: ['Verbose'],
    quietValues: ['Identity'],
  },
  'Set-CsCertificate': {
    command: ['key', 'replace', '--server', 'lync'],
    values: { Thumbprint: '', Path: '--pfx', EffectiveDate: '--effective', EffectiveTime: '--effective' },
    switches: { Force: '--force' },
    actions: { Roll: ['key', 'stage', '--server', 'lync'] },
    oneOf: ['Thumbprint', 'Path'],
    fixed: { Type: 'OAuthTokenIssuer', Identity: 'global' },
    positional: 'Type',
    quiet: ['Roll', 'Confirm', 'Verbose'],
    quietValues: ['Report'],
  },
  'Remove-CsCertificate': {
    command: ['key', 'clear-previous', '--server', 'lync'],
    values: {},
    oneOf: ['Previous'],
    fixed: { Type: 'OAuthTokenIssuer', Identity: 'global' },
    positional: 'Type',
    quiet: ['Previous', ...quiet],
  },
  ...SHAREPOINT_CMDLETS,
  ...TOKEN_SERVER_CMDLETS,
  'Set-SPSecurityTokenServiceConfig': {
    command: ['key', 'replace', '--server', 'sharepoint'],
    values: {
      ImportSigningCertificate: '--pfx',
      SigningCertificateThumbprint: '',
      QueueSigningCertificateThumbprint: '',
      RevokeSigningCertificateThumbprint: '',
    },
    actions: {
      QueueSigningCertificateThumbprint: ['key', 'stage', '--server', 'sharepoint'],
      RevokeSigningCertificateThumbprint: ['key', 'revoke', '--server', 'sharepoint'],
    },
    oneOf: [
      'ImportSigningCertificate',
      'SigningCertificateThumbprint',
      'QueueSigningCertificateThumbprint',
      'RevokeSigningCertificateThumbprint',
    ],
    positional: '',
    quiet,
    quietValues: [
      'SigningCertificateStoreName',
      'QueueSigningCertificateStoreName',
      'RevokeSigningCertificateStoreName',
    ],
  },
  'Get-OrganizationConfig': {
    command: ['organization-config', 'show', '--server', 'exchange'],
    values: {},
    positional: '',
    quiet,
  },
  'Set-OrganizationConfig': {
    command: ['organization-config', 'set', '--server', 'exchange'],
    values: ewsAccess,
    positional: '',
    quiet,
  },
  'Get-CASMailbox': {
    command: ['cas-mailbox', 'show', '--server', 'exchange'],
    values: { Identity: '' },
    ...byIdentity,
  },
  'Set-CASMailbox': {
    command: ['cas-mailbox', 'set', '--server', 'exchange'],
    values: { Identity: '', ...ewsAccess },
    ...byIdentity,
  },
  'Get-MailboxFolderPermission': {
    command: ['folder-permission', 'list', '--server', 'exchange'],
    values: ofUser,
    ...byIdentity,
  },
  'Add-MailboxFolderPermission': {
    command: ['folder-permission', 'add', '--server', 'exchange'],
    values: withRights,
    ...byIdentity,
  },
  'Set-MailboxFolderPermission': {
    command: ['folder-permission', 'set', '--server', 'exchange'],
    values: withRights,
    ...byIdentity,
  },
  'Remove-MailboxFolderPermission': {
    command: ['folder-permission', 'remove', '--server', 'exchange'],
    values: ofUser,
    ...byIdentity,
  },
  'Get-MailboxPermission': {
    command: ['mailbox-permission', 'list', '--server', 'exchange'],
    values: ofUser,
    ...byIdentity,
  },
  'Add-MailboxPermission': {
    command: ['mailbox-permission', 'add', '--server', 'exchange'],
    values: withRights,
    switches: { Deny: '--deny' },
    ...byIdentity,
    quietValues: ['InheritanceType', 'AutoMapping'],
  },
  'Remove-MailboxPermission': {
    command: ['mailbox-permission', 'remove', '--server', 'exchange'],
    values: withRights,
    switches: { Deny: '--deny' },
    ...byIdentity,
    quietValues: ['InheritanceType'],
  },
}

/** `Test-CsExStorageConnectivity -SipUri "sip:…" -DeleteItem` as our own words; anything else as it is. */
export function translateCmdlet(args: readonly string[]): string[] {
  const [typed = '', ...given] = args
  const first = typed.replace(/^\.[\\/]/, '').replace(/\.ps1$/i, '')
  const name = Object.keys(CMDLETS).find((cmdlet) => cmdlet.toLowerCase() === first.toLowerCase())
  const cmdlet = name === undefined ? undefined : CMDLETS[name]
  if (name === undefined || cmdlet === undefined) return [...args]
  const { rest, format } = takePipe(name, given)
  let { command } = cmdlet
  const translated: string[] = []
  let argument: string | undefined
  const named = new Set<string>()
  const words = [...rest]
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word.startsWith('--') || word === '-h') {
      translated.push(word, ...words) // our own options may follow: --json, --data
      break
    }
    const [parameter, inline] = splitParameter(word, cmdlet)
    if (parameter === '' && word !== '-') throw new ConfigError(`${name}: expected a parameter, saw ${word}`)
    const known = findParameter(name, cmdlet, parameter)
    named.add(known.name)
    command = cmdlet.actions?.[known.name] ?? command
    const value = inline ?? (known.kind === 'switch' || known.kind === 'quiet' ? undefined : words.shift())
    if (known.kind === 'quiet' || known.kind === 'quiet value') continue
    if (known.kind === 'switch') {
      const isOn = value === undefined || truth(name, known.name, value)
      const off = cmdlet.off?.[known.name]
      const instead = cmdlet.instead?.[known.name]
      if (isOn && instead !== undefined) command = instead
      else if (isOn) translated.push(known.option)
      else if (off !== undefined) translated.push(off)
      continue
    }
    if (value === undefined) throw new ConfigError(`${name}: -${known.name} needs a value`)
    if (known.kind === 'fixed') {
      if (value.toLowerCase() === known.option.toLowerCase()) continue
      throw new ConfigError(`${name}: -${known.name}: expected ${known.option}, saw ${value}`)
    }
    if (known.name === cmdlet.argument || known.option === '') argument = value
    else
      translated.push(known.option, known.kind === 'boolean' ? String(truth(name, known.name, value)) : value)
  }
  if (argument === undefined && cmdlet.all !== undefined) return [...cmdlet.all, ...translated, ...format]
  const { oneOf } = cmdlet
  if (oneOf !== undefined && !oneOf.some((parameter) => named.has(parameter)))
    throw new ConfigError(`${name}: expected ${oneOf.map((parameter) => `-${parameter}`).join(' or ')}`)
  // Only a date that is near wants to be confirmed.
  const options = command[1] === 'stage' ? translated : translated.filter((word) => word !== '--force')
  return [...command, ...(argument === undefined ? [] : [argument]), ...options, ...format]
}

// `| fl Name,Role`, as one word or several, since a shell must not see the bar: how the result is to be shown.
function takePipe(name: string, words: readonly string[]): { rest: readonly string[]; format: string[] } {
  const bar = words.findIndex((word) => word.trimStart().startsWith('|'))
  if (bar === -1) return { rest: words, format: [] }
  const after = words.slice(bar)
  const ours = after.findIndex((word) => word.startsWith('--')) // our own options may follow here too
  const piped = ours === -1 ? after : after.slice(0, ours)
  const [filter = '', ...select] = piped
    .join(' ')
    .replace('|', ' ')
    .trim()
    .split(/[\s,]+/)
  const option = FORMATS[filter.toLowerCase()]
  if (option === undefined)
    throw new ConfigError(`${name}: | ${filter}: expected one of ${Object.keys(FORMATS).join(', ')}`)
  const wanted = select.filter((word) => word !== '')
  return {
    rest: [...words.slice(0, bar), ...after.slice(piped.length)],
    format: [...option, ...(wanted.length === 0 ? [] : ['--select', wanted.join(',')])],
  }
}

const FORMATS: Readonly<Record<string, readonly string[]>> = {
  fl: ['--list'],
  'format-list': ['--list'],
  ft: [],
  'format-table': [],
  'convertto-json': ['--json'],
}

interface Parameter {
  readonly kind: 'value' | 'switch' | 'boolean' | 'quiet' | 'quiet value' | 'fixed'
  readonly name: string
  readonly option: string
}

// `-Name`, `-Name:value`, or a bare value for the positional parameter.
function splitParameter(word: string, cmdlet: Cmdlet): [string, string | undefined] {
  if (!word.startsWith('-')) return [cmdlet.positional, word]
  const colon = word.indexOf(':')
  return colon === -1 ? [word.slice(1), undefined] : [word.slice(1, colon), word.slice(colon + 1)]
}

// Names count without regard to case, and a beginning that only one parameter has is enough, as in PowerShell.
function findParameter(cmdletName: string, cmdlet: Cmdlet, given: string): Parameter {
  const all: Parameter[] = [
    ...rows('value', cmdlet.values),
    ...rows('switch', cmdlet.switches ?? {}),
    ...Object.keys(cmdlet.instead ?? {}).map((name) => ({ kind: 'switch' as const, name, option: '' })),
    ...rows('switch', EVERYWHERE),
    ...rows('boolean', cmdlet.booleans ?? {}),
    ...rows('fixed', cmdlet.fixed ?? {}),
    ...(cmdlet.quiet ?? []).map((name) => ({ kind: 'quiet' as const, name, option: '' })),
    ...(cmdlet.quietValues ?? []).map((name) => ({ kind: 'quiet value' as const, name, option: '' })),
  ]
  const lower = given.toLowerCase()
  const exact = all.find(({ name }) => name.toLowerCase() === lower)
  const beginning = lower === '' ? [] : all.filter(({ name }) => name.toLowerCase().startsWith(lower))
  const [found, ...others] = exact === undefined ? beginning : [exact]
  if (found !== undefined && others.length === 0) return found
  const names = all.map(({ name }) => `-${name}`).join(', ')
  throw new ConfigError(
    `${cmdletName}: -${given} is ${found === undefined ? 'not a parameter here' : 'ambiguous'}; expected one of ${names}`,
  )
}

function rows(kind: Parameter['kind'], table: Readonly<Record<string, string>>): Parameter[] {
  return Object.entries(table).map(([name, option]) => ({ kind, name, option }))
}

function truth(cmdlet: string, parameter: string, value: string): boolean {
  const lower = value.toLowerCase().replace(/^\$/, '')
  if (lower === 'true' || lower === '1') return true
  if (lower === 'false' || lower === '0') return false
  throw new ConfigError(
    `${cmdlet}: -${parameter}: expected $true or $false (quoted, so that the shell leaves it alone), saw "${value}"`,
  )
}
