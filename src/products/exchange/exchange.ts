/** Exchange: a product that keeps mailboxes, and says where they are. */
import { writeFullDocument } from '../../protocol/auth-document.ts'
import { WELL_KNOWN } from '../../protocol/ids.ts'
import { EXCHANGE_ROLLOVER } from '../../trust/signing-keys.ts'
import { mailboxAccess } from '../mailbox-access.ts'
import { partnerConnectivity } from '../partner-connectivity.ts'
import type { Caller, Kit, Operation, Product, ProductRequest } from '../product.ts'
import { siteMailboxProbe } from '../site-mailbox.ts'
import { autodiscover } from './autodiscover.ts'
import { autodiscoverPox } from './autodiscover-pox.ts'
import { AUTODISCOVER_ENDPOINTS } from './autodiscover-settings.ts'
import { ewsFault } from './ews-fault.ts'
import { problem } from './ews-result.ts'
import { mayActForUser } from './rbac/acting.ts'
import { descriptionReply, SERVICE_DESCRIPTION, serviceHelpPage } from './service-description.ts'

// An application that may not act for its token's user is told no more than one that the policy denies: HTTP 403.
function forUsersOf(handle: Operation['handle']): Operation['handle'] {
  return async (request, caller, kit) =>
    (await mayActForUser(caller, kit, request)) ? handle(request, caller, kit) : { status: 403 }
}

// Loaded with the first call: these are most of Exchange, and a start does not wait for them.
const ews: Operation['handle'] = async (request, caller, kit) => {
  const loaded = await import('./ews.ts')
  return loaded.ews(request, caller, kit)
}

/** Exchange Server as its partners see it. */
export const exchange: Product = {
  name: 'exchange',
  title: 'Exchange',
  applicationId: WELL_KNOWN.exchange,
  dialect: 'exchange',
  metadata: {
    // The second is where Microsoft's own cmdlet example looks (facts/administration.md 0.1).
    paths: ['/autodiscover/metadata/json/1', '/metadata/json/1'],
    write: writeFullDocument,
    maxAge: 12 * 3_600,
  },
  signingSubject: () => 'CN=Microsoft Exchange Server Auth Certificate',
  rollover: EXCHANGE_ROLLOVER,
  acceptSidsByDefault: false,
  operations: [
    {
      name: 'Exchange Web Services',
      methods: ['GET', 'HEAD', 'POST'],
      path: '/EWS/Exchange.asmx',
      accepts: ['text/xml'],
      // 10 MiB of MIME content or of an attachment, in base64 with line breaks, and what stands around it.
      largestBody: 16 * 1024 * 1024,
      handle: async (request, caller, kit) =>
        request.method === 'POST' ? forUsersOf(ews)(request, caller, kit) : serviceHelpPage(kit),
    },
    {
      name: 'Autodiscover',
      methods: ['POST'],
      path: '/autodiscover/autodiscover.svc',
      accepts: ['text/xml'],
      announces: AUTODISCOVER_ENDPOINTS,
      handle: forUsersOf(autodiscover),
    },
    {
      name: 'Autodiscover (plain XML)',
      methods: ['GET', 'HEAD', 'POST'],
      path: '/autodiscover/autodiscover.xml',
      accepts: ['text/xml', 'application/xml'],
      announces: AUTODISCOVER_ENDPOINTS,
      handle: forUsersOf(autodiscoverPox),
    },
    ...SERVICE_DESCRIPTION.map((file) => ({
      name: `Service description: ${file}`,
      methods: ['GET', 'HEAD'],
      path: `/EWS/${file}`,
      handle: async (_request: ProductRequest, _caller: Caller, kit: Kit) => descriptionReply(file, kit),
    })),
  ],
  // A bare 500 kills a widely used client (facts/clients.md 2.1).
  internalError: ewsFault(problem('ErrorInternalServerError')),
  probes: [partnerConnectivity, siteMailboxProbe('sharepoint'), mailboxAccess],
}
