/** What an administrator sets for all users of Lync: members, defaults and bounds as the Set- cmdlets have them (A.9). */
import * as z from 'zod'

/** Each collection of settings by name. Every member has the default of the product. */
export const SETTINGS = {
  archivingConfiguration: z.strictObject({
    enableArchiving: z.enum(['None', 'ImOnly', 'ImAndWebConf']).default('None'),
    /** Archive into Exchange where a user’s mailbox is held; passed over while `enableArchiving` is `None`. */
    enableExchangeArchiving: z.boolean().default(false),
    /** Refuse what cannot be archived. */
    blockOnArchiveFailure: z.boolean().default(false),
  }),
  archivingPolicy: z.strictObject({
    /** Conversations among users of this server. */
    archiveInternal: z.boolean().default(false),
    /** Conversations in which somebody else takes part. */
    archiveExternal: z.boolean().default(false),
  }),
  conversationHistoryConfiguration: z.strictObject({
    enableServerConversationHistory: z.boolean().default(false),
    /** How often the item of a conversation that goes on is searched for, before a new one is made. */
    maxContinuedConversationRetry: z.int().min(0).max(100).default(3),
  }),
  userServicesPolicy: z.strictObject({
    /** Whether users’ contacts may move into their mailboxes. */
    ucsAllowed: z.boolean().default(true),
  }),
} as const satisfies Record<string, z.ZodType>

export type SettingsName = keyof typeof SETTINGS
export type Settings<Name extends SettingsName> = z.infer<(typeof SETTINGS)[Name]>

export const SETTINGS_NAMES = Object.keys(SETTINGS) as readonly SettingsName[]

/** Where what was set is kept; members that nobody set are not there. */
export interface SettingsStore {
  read(name: SettingsName): Promise<Readonly<Record<string, unknown>>>
  /** Sets these members, and leaves the others. Answers with all that are set. */
  change(
    name: SettingsName,
    members: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, unknown>>>
}

/** The settings that are in force. */
export async function readSettings<Name extends SettingsName>(
  name: Name,
  store: SettingsStore,
): Promise<Settings<Name>> {
  return SETTINGS[name].parse(await store.read(name)) as Settings<Name>
}
