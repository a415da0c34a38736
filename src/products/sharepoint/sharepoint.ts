/** SharePoint: the web and its current user, for whoever was admitted. */
import { writeSharePointDocument } from '../../protocol/auth-document.ts'
import { WELL_KNOWN } from '../../protocol/ids.ts'
import { formatPrincipal } from '../../protocol/principal.ts'
import { ACTIVE_DIRECTORY } from '../../protocol/user-token.ts'
import type { User } from '../../trust/directory.ts'
import { SHAREPOINT_ROLLOVER } from '../../trust/signing-keys.ts'
import type { Caller, Operation, Product } from '../product.ts'
import { entityReply } from './odata.ts'

const web: Operation = {
  name: 'Web',
  methods: ['GET'],
  path: '/_api/web',
  handle: async (request, _caller, { baseUrl, settings }) =>
    entityReply(
      request,
      {
        type: 'SP.Web',
        id: `${baseUrl}/_api/Web`,
        properties: {
          Title: settings.siteTitle ?? 'Team Site',
          Url: baseUrl,
          ServerRelativeUrl: '/',
          WebTemplate: 'STS',
          Language: 1033,
          UIVersion: 15,
        },
      },
      `${baseUrl}/_api/$metadata#SP.ApiData.Webs/@Element`,
    ),
}

const currentUser: Operation = {
  name: 'CurrentUser',
  methods: ['GET'],
  path: '/_api/web/currentuser',
  handle: async (request, caller, kit) => {
    const who = caller.user === undefined ? applicationAsUser(caller) : personAsUser(caller.user)
    const id = `${kit.baseUrl}/_api/Web/GetUserById(${who.Id})`
    return entityReply(
      request,
      { type: 'SP.User', id, properties: who },
      `${kit.baseUrl}/_api/$metadata#SP.ApiData.Users/@Element`,
    )
  },
}

// The relative id at the end of the SID serves as the site's number for the user.
function personAsUser({ sid, upn, smtp, displayName }: User) {
  return {
    Id: Number(sid.split('-').at(-1)),
    IsHiddenInUI: false,
    LoginName: `i:0#.w|${upn.toLowerCase()}`,
    Title: displayName,
    PrincipalType: 1,
    Email: smtp ?? '',
    IsSiteAdmin: false,
    UserId: { NameId: sid.toLowerCase(), NameIdIssuer: ACTIVE_DIRECTORY },
  }
}

// An application that acts as itself is shown as one: an account of the token issuer, not a person.
function applicationAsUser({ partner }: Caller) {
  return {
    Id: 1073741822,
    IsHiddenInUI: false,
    LoginName: `i:0i.t|ms.sp.ext|${formatPrincipal(partner.application)}`,
    Title: partner.identity,
    PrincipalType: 1,
    Email: '',
    IsSiteAdmin: false,
    UserId: null,
  }
}

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
  operations: [web, currentUser],
  probes: [],
}
