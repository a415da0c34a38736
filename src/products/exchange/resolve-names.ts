/** ResolveNames: who is meant by a part of a name or an address, among the people of the directory who have a mailbox. */
import type { User } from '../../trust/directory.ts'
import type { Kit } from '../product.ts'
import { child, el, type Markup, NS, type XmlElement } from '../xml.ts'
import type { EwsHandler } from './ews-operation.ts'
import { done, invalid, problem } from './ews-result.ts'
import { all, attribute, each, sequence, text } from './ews-schema.ts'
import { findByLegacyDn } from './legacy-dn.ts'

const REQUEST = all(
  sequence(['ParentFolderIds', 'UnresolvedEntry'], { ns: NS.messages, required: ['UnresolvedEntry'] }),
  attribute('ReturnFullContactData', /^(true|false|1|0)$/, 'required'),
  attribute(
    'SearchScope',
    /^(ActiveDirectory|ActiveDirectoryContacts|Contacts|ContactsActiveDirectory)$/,
    'optional',
  ),
  attribute('ContactDataShape', /^(IdOnly|Default|AllProperties)$/, 'optional'),
  each('UnresolvedEntry', text(/./s, 'a name or an address')),
)

/** The schema allows no more, and the product gives no more. */
const MOST_RESULTS = 100

/**
 * Answers with everyone meant: one is a success, several are a warning, nobody is an error. Contacts that a user keeps in
 * folders are not searched, so the scope `Contacts` alone finds nobody.
 */
export const resolveNames: EwsHandler = async (request, _caller, kit) => {
  const wrong = REQUEST(request)
  if (wrong !== undefined) return invalid(wrong)
  const entry = child(request, NS.messages, 'UnresolvedEntry')?.text.trim() ?? ''
  if (entry === '') return done([problem('ErrorInvalidNameForNameResolution')])
  const scope = request.attributes.get('SearchScope') ?? 'ActiveDirectoryContacts'
  const people = scope === 'Contacts' ? [] : await findPeople(entry, kit)
  if (people.length === 0) return done([problem('ErrorNameResolutionNoResults')])
  const shown = people.slice(0, MOST_RESULTS)
  const shape = shapeOf(request)
  const set = el(
    'm:ResolutionSet',
    { TotalItemsInView: `${shown.length}`, IncludesLastItemInRange: `${shown.length === people.length}` },
    ...shown.map((user) => writeResolution(user, shape)),
  )
  const answer = { ok: true as const, value: set }
  return done([
    people.length === 1 ? answer : { ...answer, warning: problem('ErrorNameResolutionMultipleResults') },
  ])
}

// One more than is shown, so that it can be said that there are more.
async function findPeople(entry: string, kit: Kit): Promise<readonly User[]> {
  if (entry.startsWith('/')) {
    const user = await findByLegacyDn(kit.directory, entry)
    return user === undefined ? [] : [user]
  }
  const [, scheme, address = entry] = /^(smtp|sip):(.*)$/is.exec(entry) ?? []
  const isSip = scheme?.toLowerCase() === 'sip'
  const found = isSip
    ? await kit.directory.find('sip', address.trim())
    : await kit.directory.findByAddress(address.trim())
  const exact = found.filter(hasMailbox)
  return exact.length > 0 || scheme !== undefined ? exact : kit.directory.search(entry, MOST_RESULTS + 1)
}

function hasMailbox({ mailboxEnabled, smtp }: User): boolean {
  return mailboxEnabled && smtp !== undefined
}

type ContactShape = 'IdOnly' | 'Default' | 'AllProperties'

// Who asks for full data without a shape gets everything: before there were shapes, that was the answer.
function shapeOf({ attributes }: XmlElement): ContactShape | undefined {
  if (!['true', '1'].includes(attributes.get('ReturnFullContactData') ?? '')) return undefined
  return (attributes.get('ContactDataShape') as ContactShape | undefined) ?? 'AllProperties'
}

function writeResolution(user: User, shape: ContactShape | undefined): Markup {
  const { displayName, smtp = '' } = user
  return el(
    't:Resolution',
    {},
    el(
      't:Mailbox',
      {},
      el('t:Name', {}, displayName),
      el('t:EmailAddress', {}, smtp),
      el('t:RoutingType', {}, 'SMTP'),
      el('t:MailboxType', {}, 'Mailbox'),
    ),
    // A person of the directory has no item id, so there is nothing to show of one by its id alone.
    shape === undefined || shape === 'IdOnly' ? undefined : writeContact(user, shape === 'AllProperties'),
  )
}

// In the order of ContactItemType, as far as the directory knows.
function writeContact({ displayName, smtp = '', sip }: User, all: boolean): Markup {
  return el(
    't:Contact',
    {},
    el('t:DisplayName', {}, displayName),
    el('t:EmailAddresses', {}, el('t:Entry', { Key: 'EmailAddress1' }, `SMTP:${smtp}`)),
    el('t:ContactSource', {}, 'ActiveDirectory'),
    all && sip !== undefined ? el('t:ImAddresses', {}, el('t:Entry', { Key: 'ImAddress1' }, sip)) : undefined,
    all ? el('t:Alias', {}, smtp.split('@')[0] ?? '') : undefined,
  )
}
