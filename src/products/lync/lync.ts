/** Lync: a storage service that writes into Exchange, and who a caller is. */
import { writeFullDocument } from '../../protocol/auth-document.ts'
import { WELL_KNOWN } from '../../protocol/ids.ts'
import { formatPrincipal } from '../../protocol/principal.ts'
import { LYNC_ROLLOVER } from '../../trust/signing-keys.ts'
import { mailboxAccess } from '../mailbox-access.ts'
import { partnerConnectivity } from '../partner-connectivity.ts'
import type { Operation, Product } from '../product.ts'
import { archiveSearch } from './archive-search.ts'
import { contactAdministration } from './contact-administration.ts'
import { conversationAdministration } from './conversation-administration.ts'
import { settingsAdministration } from './settings-administration.ts'
import { storageConnectivity } from './storage-connectivity.ts'
import { storageNotification } from './storage-notification.ts'
import { unifiedContactStoreTest } from './unified-contact-store-test.ts'

// UCWA's `me` resource, for an admitted partner instead of a signed-in user.
const me: Operation = {
  name: 'me',
  methods: ['GET'],
  path: '/ucwa/v1/me',
  handle: async (_request, { partner, user }) => {
    const who =
      user === undefined
        ? { rel: 'application', uri: formatPrincipal(partner.application), name: partner.identity }
        : {
            rel: 'me',
            uri: user.sip ?? '',
            name: user.displayName,
            emailAddresses: user.smtp ? [user.smtp] : [],
          }
    return {
      status: 200,
      contentType: 'application/json; charset=utf-8',
      body: JSON.stringify({ ...who, _links: { self: { href: '/ucwa/v1/me' } } }),
    }
  },
}

export const lync: Product = {
  name: 'lync',
  title: 'Lync',
  applicationId: WELL_KNOWN.lync,
  dialect: 'lync',
  metadata: { paths: ['/metadata/json/1'], write: writeFullDocument, maxAge: 12 * 3_600 },
  signingSubject: (host) => `CN=${host}`,
  rollover: LYNC_ROLLOVER,
  acceptSidsByDefault: false,
  operations: [me],
  probes: [
    storageConnectivity,
    storageNotification,
    unifiedContactStoreTest,
    archiveSearch,
    partnerConnectivity,
    mailboxAccess,
  ],
  adminOperations: [...settingsAdministration, ...conversationAdministration, ...contactAdministration],
}
