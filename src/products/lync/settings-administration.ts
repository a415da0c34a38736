/** What is set for all users, a resource for each collection of settings; and the failures of the Storage Service. */
import * as z from 'zod'
import { isoTime } from '../../protocol/ids.ts'
import type { AdminOperation } from '../product.ts'
import { readSettings, SETTINGS, type SettingsName } from './settings.ts'
import { SipUri } from './sip-uri.ts'
import { COMPONENTS, type FailureFilter } from './storage-failure.ts'

/** The paths of the collections. */
export const SETTINGS_PATHS = {
  archivingConfiguration: '/archiving-configuration',
  archivingPolicy: '/archiving-policy',
  conversationHistoryConfiguration: '/conversation-history-configuration',
  userServicesPolicy: '/user-services-policy',
} as const satisfies Record<SettingsName, string>

// Members that may be left out, without their defaults: what nobody named is not set.
const CHANGES = {
  archivingConfiguration: changeOf('archivingConfiguration'),
  archivingPolicy: changeOf('archivingPolicy'),
  conversationHistoryConfiguration: changeOf('conversationHistoryConfiguration'),
  userServicesPolicy: changeOf('userServicesPolicy'),
} as const satisfies Record<SettingsName, z.ZodType>

function changeOf(name: SettingsName): z.ZodType<Record<string, unknown>> {
  const members = Object.entries<z.ZodDefault<z.ZodType>>(SETTINGS[name].shape)
  const names = members.map(([member]) => member)
  return z
    .strictObject(
      Object.fromEntries(members.map(([member, schema]) => [member, schema.unwrap().exactOptional()])),
    )
    .refine((change) => Object.keys(change).length > 0, `expected at least one of ${names.join(', ')}`)
}

function settingsOperations(name: SettingsName): AdminOperation[] {
  const path = SETTINGS_PATHS[name]
  return [
    {
      method: 'GET',
      path,
      scope: 'read',
      handle: async (_call, { storageService }) => ({
        status: 200,
        body: await readSettings(name, storageService.settings),
      }),
    },
    {
      method: 'PATCH',
      path,
      scope: 'administer',
      change: ({ input }) => ({ subject: name, change: input(CHANGES[name]) }),
      handle: async ({ input }, { storageService }) => {
        const changed = await storageService.settings.change(name, input(CHANGES[name]))
        return { status: 200, body: SETTINGS[name].parse(changed) }
      },
    },
  ]
}

const Instant = z.iso
  .datetime({ offset: true, error: 'expected a time such as 2026-11-21T09:30:00Z' })
  .transform((text) => Math.floor(Date.parse(text) / 1000))

const Failures = z.strictObject({
  adapterId: z.guid('expected a GUID').toLowerCase().exactOptional(),
  sipUri: SipUri.exactOptional(),
  startTime: Instant.exactOptional(),
  endTime: Instant.exactOptional(),
  component: z.enum(COMPONENTS).exactOptional(),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
})

const storageServiceFailures: AdminOperation = {
  method: 'GET',
  path: '/storage-service-failures',
  scope: 'read',
  takesQuery: true,
  handle: async ({ query }, { storageService }) => {
    const { limit, ...filter } = query(Failures)
    const found = await storageService.failures.find(filter satisfies FailureFilter, limit)
    const items = found.map((failure) => ({
      ...failure,
      endpointStatusTime: isoTime(failure.endpointStatusTime),
    }))
    return { status: 200, body: { items } }
  },
}

export const settingsAdministration: readonly AdminOperation[] = [
  ...(Object.keys(SETTINGS) as SettingsName[]).flatMap(settingsOperations),
  storageServiceFailures,
]
