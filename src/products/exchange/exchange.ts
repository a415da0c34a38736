/** Exchange: a product that keeps mailboxes, and says where they are. */
import { writeFullDocument } from '../../protocol/auth-document.ts'
import { WELL_KNOWN } from '../../protocol/ids.ts'
import type { Product } from '../product.ts'
import { autodiscover } from './autodiscover.ts'
import { ews } from './ews.ts'
import { ewsFault } from './ews-fault.ts'
import { problem } from './ews-result.ts'

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
  },
  signingSubject: () => 'CN=Microsoft Exchange Server Auth Certificate',
  acceptSidsByDefault: false,
  operations: [
    {
      name: 'Exchange Web Services',
      methods: ['POST'],
      path: '/EWS/Exchange.asmx',
      accepts: ['text/xml'],
      // 10 MiB of MIME content or of an attachment, in base64 with line breaks, and what stands around it.
      largestBody: 16 * 1024 * 1024,
      handle: ews,
    },
    {
      name: 'Autodiscover',
      methods: ['POST'],
      path: '/autodiscover/autodiscover.svc',
      accepts: ['text/xml'],
      handle: autodiscover,
    },
  ],
  // A bare 500 kills a widely used client (facts/clients.md 2.1).
  internalError: ewsFault(problem('ErrorInternalServerError')),
  probes: [],
}
