/** `/_api/contextinfo`: the site's addresses and a form digest for the caller. */
import type { ProductReply } from '../product.ts'
import { DIGEST_LIFETIME, makeDigest } from './form-digest.ts'
import { contentTypeOf, type Dialect } from './odata.ts'
import type { Call } from './site.ts'
import { BUILD } from './version.ts'

const SCHEMA_VERSIONS = ['14.0.0.0', '15.0.0.0']

export function contextInfoReply({ kit, caller, secret }: Call, dialect: Dialect): ProductReply {
  const info = {
    FormDigestTimeoutSeconds: DIGEST_LIFETIME,
    FormDigestValue: makeDigest(secret, caller, kit.now()),
    LibraryVersion: BUILD,
    SiteFullUrl: kit.baseUrl,
    SupportedSchemaVersions: SCHEMA_VERSIONS,
    WebFullUrl: kit.baseUrl,
  }
  const body = {
    verbose: {
      d: {
        GetContextWebInformation: {
          __metadata: { type: 'SP.ContextWebInformation' },
          ...info,
          SupportedSchemaVersions: {
            __metadata: { type: 'Collection(Edm.String)' },
            results: SCHEMA_VERSIONS,
          },
        },
      },
    },
    minimalmetadata: {
      'odata.metadata': `${kit.baseUrl}/_api/$metadata#SP.ContextWebInformation`,
      ...info,
    },
    nometadata: info,
  }[dialect]
  return { status: 200, contentType: contentTypeOf(dialect), body: JSON.stringify(body) }
}
