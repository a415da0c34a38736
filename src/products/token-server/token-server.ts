/** A token server: the third party that issues actor tokens for applications that cannot sign for others (facts/protocol.md 6). */
import { writeFullDocument } from '../../protocol/auth-document.ts'
import { TOKEN_SERVER_ID } from '../../protocol/ids.ts'
import { TOKEN_SERVER_ROLLOVER } from '../../trust/signing-keys.ts'
import type { Product } from '../product.ts'
import { issueToken } from './issue.ts'

/** Where it issues tokens. */
export const TOKEN_PATH = '/tokens/OAuth/2'

/** It has no operations for those who were admitted: its clients show an assertion, and no token. */
export const tokenServer: Product = {
  name: 'token-server',
  title: 'Token server',
  applicationId: TOKEN_SERVER_ID,
  dialect: 'exchange',
  metadata: {
    paths: ['/metadata/json/1'],
    write: writeFullDocument,
    issuancePath: TOKEN_PATH,
    maxAge: 12 * 3_600,
  },
  signingSubject: (host) => `CN=${host}, OU=Token signing`,
  rollover: TOKEN_SERVER_ROLLOVER,
  acceptSidsByDefault: false,
  operations: [],
  assertionOperations: [
    {
      name: 'Token endpoint',
      methods: ['POST'],
      path: TOKEN_PATH,
      accepts: ['application/x-www-form-urlencoded'],
      // An assertion has 16 KiB at the most; what stands beside it is short.
      largestBody: 32 * 1024,
      handle: issueToken,
    },
  ],
  probes: [],
}
