/** SharePoint: a team site with its lists, for whoever was admitted. */
import { writeSharePointDocument } from '../../protocol/auth-document.ts'
import { WELL_KNOWN } from '../../protocol/ids.ts'
import { SHAREPOINT_ROLLOVER } from '../../trust/signing-keys.ts'
import { mailboxAccess } from '../mailbox-access.ts'
import { partnerConnectivity } from '../partner-connectivity.ts'
import type { Operation, Product } from '../product.ts'
import { siteMailboxProbe } from '../site-mailbox.ts'
import { refuse } from './refuse.ts'
import { BUILD } from './version.ts'

// `_api` is another name for client.svc. The bare client.svc, where realms are discovered, has nothing for those who are admitted.
const PATHS = ['/_api/*', '/_vti_bin/client.svc/*']

// What a POST means may stand in X-HTTP-Method.
const METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'MERGE', 'PUT', 'DELETE']

const operations: readonly Operation[] = PATHS.map((path) => ({
  name: 'REST',
  methods: METHODS,
  path,
  // Loaded with the first call: it is most of SharePoint, and a start does not wait for it.
  handle: async (request, caller, kit) => {
    const { rest } = await import('./rest.ts')
    return rest(request, caller, kit)
  },
}))

/** SharePoint Server as its partners see it. */
export const sharepoint: Product = {
  name: 'sharepoint',
  title: 'SharePoint',
  applicationId: WELL_KNOWN.sharepoint,
  dialect: 'sharepoint',
  metadata: {
    paths: ['/_layouts/15/metadata/json/1', '/metadata/json/1'],
    write: writeSharePointDocument,
    rootPath: '/_layouts/15/metadata/json/1/rootcertificate',
  },
  signingSubject: () => 'CN=SharePoint Security Token Service, OU=SharePoint, O=Microsoft, C=US',
  signingAuthority: 'CN=SharePoint Root Authority, OU=SharePoint, O=Microsoft, C=US',
  rollover: SHAREPOINT_ROLLOVER,
  acceptSidsByDefault: true,
  takesBrokers: true,
  operations,
  probes: [partnerConnectivity, siteMailboxProbe('exchange'), mailboxAccess],
  headers: (requestId) => ({
    MicrosoftSharePointTeamServices: BUILD,
    SPRequestGuid: requestId,
    'X-SharePointHealthScore': '0',
  }),
  refuse,
}
