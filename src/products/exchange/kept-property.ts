/** The properties of an item as they are kept: what the client wrote, as JSON. */

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

/** The text of a property that was kept. */
export function keptText(properties: readonly KeptProperty[], name: string): string | undefined {
  const property = properties.find((candidate) => candidate.name === name)
  return property === undefined ? undefined : (property.text ?? '')
}
