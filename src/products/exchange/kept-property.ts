/** The properties of an item as they are kept: what the client wrote, as JSON, and what the server noted beside it. */

/** One property as the client wrote it, without what this server does not keep. */
export interface KeptProperty {
  readonly name: string
  readonly attributes?: Readonly<Record<string, string>>
  readonly text?: string
  readonly children?: readonly KeptProperty[]
}

/** The properties in an item's `content`. */
export function readContent(content: string): readonly KeptProperty[] {
  // Nothing but `writeContent` ever wrote there.
  return JSON.parse(content) as readonly KeptProperty[]
}

export function writeContent(properties: readonly KeptProperty[]): string {
  return JSON.stringify(properties)
}

/** The property of this name that was kept; of extended properties the first. */
export function keptOf(properties: readonly KeptProperty[], name: string): KeptProperty | undefined {
  return properties.find((candidate) => candidate.name === name)
}

/** The text of a property that was kept. */
export function keptText(properties: readonly KeptProperty[], name: string): string | undefined {
  const property = keptOf(properties, name)
  return property === undefined ? undefined : (property.text ?? '')
}

/** These properties, with others in the place of those of the same names. */
export function withKept(
  properties: readonly KeptProperty[],
  ...others: readonly (KeptProperty | undefined)[]
): KeptProperty[] {
  const added = others.filter((one) => one !== undefined)
  const names = new Set(added.map(({ name }) => name))
  return [...properties.filter(({ name }) => !names.has(name)), ...added]
}

/** These properties without those of the names. */
export function withoutKept(
  properties: readonly KeptProperty[],
  names: readonly string[],
): readonly KeptProperty[] {
  return properties.filter(({ name }) => !names.includes(name))
}

/** Whom a property names: `t:Mailbox` directly in it, or in its attendees. */
export function mailboxesIn(property: KeptProperty | undefined): Mailbox[] {
  return (property?.children ?? []).flatMap((one) => {
    const mailbox = one.name === 'Attendee' ? one.children?.find(({ name }) => name === 'Mailbox') : one
    if (mailbox?.name !== 'Mailbox') return []
    const parts = mailbox.children ?? []
    return [{ name: keptText(parts, 'Name') ?? '', address: keptText(parts, 'EmailAddress') ?? '' }]
  })
}

/** Whom a message is from or to. Either may be empty. */
export interface Mailbox {
  readonly name: string
  readonly address: string
}

/** The names of these, as a list of messages shows them. */
export function displayOf(mailboxes: readonly Mailbox[]): string {
  return mailboxes.map(({ name, address }) => name || address).join('; ')
}

/** `t:Mailbox` of somebody. */
export function mailboxProperty({ name, address }: Mailbox): KeptProperty {
  return {
    name: 'Mailbox',
    children: [
      { name: 'Name', text: name || address },
      { name: 'EmailAddress', text: address },
      { name: 'RoutingType', text: 'SMTP' },
    ],
  }
}
