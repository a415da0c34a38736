/** Which servers of a lab hold a key of another in their record of it: what they believe, not what they have fetched. */
import type { PartnerView } from '../http/admin/partner-applications.ts'
import { ConfigError } from '../server/config-error.ts'
import { type AdminClient, openAdminClient, runningNames, UnreachableError } from './admin-client.ts'

/** One server's record of another. */
export interface KnownKey {
  readonly server: string
  /** Its name for the other. */
  readonly identity: string
  readonly enabled: boolean
  readonly isListed: boolean
}

/**
 * Asks every other server that runs on the data folder. One that does not answer, or does not let this caller read, is left
 * out: of it nothing is known.
 */
export async function whoLists(
  dataDir: string,
  key: { readonly server: string; readonly issuer: string; readonly thumbprint: string },
  tokenFile?: string,
): Promise<KnownKey[]> {
  const others = runningNames(dataDir).filter((name) => name !== key.server)
  const records = await Promise.all(
    others.map(async (server) =>
      (await partnersOf(dataDir, server, tokenFile))
        .filter(({ issuer }) => issuer === key.issuer)
        .map(({ identity, enabled, keys }) => ({
          ...{ server, identity, enabled },
          isListed: keys.some(({ thumbprint }) => thumbprint === key.thumbprint),
        })),
    ),
  )
  return records.flat()
}

async function partnersOf(dataDir: string, server: string, tokenFile?: string): Promise<PartnerView[]> {
  let client: AdminClient | undefined
  try {
    client = openAdminClient(dataDir, server, tokenFile)
    const { status, body } = await client.call('GET', '/partner-applications')
    return status === 200 ? (body as { items: PartnerView[] }).items : []
  } catch (error) {
    if (error instanceof UnreachableError || error instanceof ConfigError) return []
    throw error
  } finally {
    await client?.close()
  }
}
