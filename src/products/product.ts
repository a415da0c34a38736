/** What a server can be: a product is a table of paths, operations and probes; it knows neither Express nor SQL. */
import type * as z from 'zod'
import type { PublishedServer } from '../protocol/auth-document.ts'
import type { Dialect } from '../protocol/challenge.ts'
import type { AppId, EpochSeconds } from '../protocol/ids.ts'
import type { Outcome } from '../protocol/outcome.ts'
import type { JsonObject } from '../protocol/strict-json.ts'
import type { AdmittedClient, AssertionStore } from '../trust/assertion.ts'
import type { AuditEvent } from '../trust/audit-record.ts'
import type { TokenCaller } from '../trust/caller.ts'
import type { DirectoryStore, User } from '../trust/directory.ts'
import type { Groups } from '../trust/groups.ts'
import type { ServerIdentity } from '../trust/identity.ts'
import type { Minter } from '../trust/minter.ts'
import type { Partner } from '../trust/partner.ts'
import type { RolloverRules } from '../trust/signing-keys.ts'
import type { AccessStore } from './exchange/access/access-store.ts'
import type { ImpersonationModel } from './exchange/impersonation-rights.ts'
import type { MailboxStore } from './exchange/mailbox.ts'
import type { Authorization } from './exchange/rbac/authorization.ts'
import type { Subscriptions } from './exchange/subscriptions.ts'
import type { StorageService } from './lync/storage-service.ts'
import type { SiteAccessStore } from './sharepoint/authorization/site-access.ts'
import type { ListStore } from './sharepoint/lists.ts'

/** Products that call each other. */
export const PARTNER_PRODUCTS = ['exchange', 'lync', 'sharepoint'] as const
export type PartnerProduct = (typeof PARTNER_PRODUCTS)[number]

/** What a server can be: one of them, or the third party that issues tokens for their callers. */
export const PRODUCT_NAMES = [...PARTNER_PRODUCTS, 'token-server'] as const
export type ProductName = (typeof PRODUCT_NAMES)[number]

/** Everything that differs from one product to the next. */
export interface Product {
  readonly name: ProductName
  readonly title: string
  readonly applicationId: AppId
  /** How its challenge and its diagnostics header are spelled. */
  readonly dialect: Dialect
  readonly metadata: {
    /** Where its auth metadata document lies; the first is the documented place. */
    readonly paths: readonly string[]
    readonly write: (server: PublishedServer) => JsonObject
    /** Where it issues tokens to others, said in the document; absent: it issues none. */
    readonly issuancePath?: string
    /** Seconds for which partners are told that they may keep it; absent: they are told nothing. */
    readonly maxAge?: number
    /** Where the authority behind its signing certificate can be had, in DER. */
    readonly rootPath?: string
  }
  /** Subject of the certificate it signs with; `host` is its first name. */
  readonly signingSubject: (host: string) => string
  /** How it goes from one signing key to the next. */
  readonly rollover: RolloverRules
  /** The authority that issues the signing certificates it makes; absent: they are self-signed. */
  readonly signingAuthority?: string
  /** Whether a partner's SIDs count when its registration does not say (SharePoint has no such switch: they do). */
  readonly acceptSidsByDefault: boolean
  /** Whether a partner may be a trust broker, which speaks for other applications; absent: none may. */
  readonly takesBrokers?: true
  readonly operations: readonly Operation[]
  /** What is there for whoever brings an assertion in the body instead of a token in a header. */
  readonly assertionOperations?: readonly AssertionOperation[]
  /** What is answered when we failed, not the caller (an EWS 500 is always a SOAP fault). Absent: a bare 500. */
  readonly internalError?: ProductReply
  /** How it says no to a request that none of its operations sees, and that it failed; undefined: as any server would. */
  readonly refuse?: (refusal: HttpRefusal) => ProductReply | undefined
  readonly probes: readonly Probe[]
  /** What an administrator can see and change of this product alone. */
  readonly adminOperations?: readonly AdminOperation[]
  /** Headers on everything it answers outside `/admin/`, refusals too. */
  readonly headers?: (requestId: string) => Readonly<Record<string, string>>
}

/** Why a request gets to none of the operations, or why its answer is a 500. */
export interface HttpRefusal {
  readonly status: number
  /** What was expected and what was seen, where there is something to tell. */
  readonly detail: string
  /** The methods that would do, of a 405. */
  readonly allow?: string
  readonly method: string
  /** As it was sent. */
  readonly path: string
  header(name: string): string | undefined
}

/** One thing an admitted caller can do. Every path that is no operation is refused all the same until a token is shown. */
export interface Operation {
  readonly name: string
  readonly methods: readonly string[]
  /** Matched without regard to case, as IIS does. At the end, `/*` stands for every path below. */
  readonly path: string
  /** Media types a body may have; absent when a body is of no interest. */
  readonly accepts?: readonly string[]
  /** Headers of every answer on this path, the challenge too: they tell clients what is on before they have a token. */
  readonly announces?: Readonly<Record<string, string>>
  /** In bytes, if bodies may be larger than usual. */
  readonly largestBody?: number
  handle(request: ProductRequest, caller: Caller, kit: Kit): Promise<ProductReply>
}

/** An operation that believes a self-signed assertion. Its refusals are answered as a token endpoint does (RFC 6749, 5.2). */
export interface AssertionOperation extends Omit<Operation, 'handle'> {
  handle(request: ProductRequest, kit: Kit, admit: AdmitAssertion): Promise<Outcome<ProductReply>>
}

/**
 * Says whose assertion it is, and has `decide` say whether that client is served what it asks for. What both came to is one
 * decision, recorded and counted as such.
 */
export type AdmitAssertion = <T>(
  assertion: string,
  decide: (client: AdmittedClient) => Promise<Outcome<T>>,
) => Promise<Outcome<T>>

/** Who was admitted: an application, acting for itself or for one user. */
export interface Caller extends TokenCaller {
  /** In whose name everything happens: the token's user, or the account that is impersonated. */
  readonly user?: User
  /** Who really asks, while `user` is an account that is impersonated (Exchange). */
  readonly impersonator?: Impersonator
}

/** Who impersonates: the token's user, or the application itself when the token names none. */
export interface Impersonator {
  readonly user?: User
}

export interface ProductRequest {
  readonly method: string
  /** Decoded, in lower case, without doubled slashes: what operations are found by. */
  readonly path: string
  /** As it was sent, still percent-encoded: names in it keep their case. */
  readonly rawPath: string
  /** Method and path as everything that is recorded of this request has them: as it was sent, and cut. */
  readonly through: string
  readonly query: URLSearchParams
  /** A header's value by its lower-case name. */
  header(name: string): string | undefined
  readonly body: Buffer
  readonly requestId: string
  /** Whether its connection is gone, so that nobody waits for a reply. */
  isAbandoned?(): boolean
}

export interface ProductReply {
  readonly status: number
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Why it failed, in a line, for the header in which the product says so. */
  readonly diagnosis?: string
}

/** What an operation or a probe may use. One kit serves one running server. */
export interface Kit {
  /** The server's name in the lab, as commands know it. */
  readonly name: string
  readonly identity: ServerIdentity
  /** `https://host:port` under which this server's own URLs are given out. */
  readonly baseUrl: string
  /** Where this server publishes its auth metadata document. */
  readonly metadataUrl: string
  readonly settings: ProductSettings
  readonly directory: DirectoryStore
  readonly groups: Groups
  readonly mailboxes: MailboxStore
  /** Exchange: roles, scopes and rights. At the other products there are none. */
  readonly authorization: Authorization
  readonly lists: ListStore
  readonly storageService: StorageService
  readonly access: AccessStore
  readonly subscriptions: Subscriptions
  /** SharePoint: who may do what with the site. */
  readonly siteAccess: SiteAccessStore
  /** Token server: the assertions that were presented to it. */
  readonly assertions: AssertionStore
  /** Realms that this server had before the one of its identity. */
  formerRealms(): readonly string[]
  partners(): readonly Partner[]
  /** Makes the tokens of calls out. */
  readonly minter: Minter
  /** The partner registered here for an application id, enabled or not. */
  partnerOfApplication(appId: AppId): Partner | undefined
  /** The `iss` of some enabled partners, as many as a challenge has room for. */
  someIssuers(): readonly string[]
  now(): EpochSeconds
  newId(): string
  /** Milliseconds on a clock that only moves forward, for measuring how long a step took. */
  stopwatch(): number
  send(request: OutboundRequest): Promise<OutboundReply>
  /** In a lab: by how many seconds the clock is to be off, on purpose, for a token that is made for this URL. */
  skewAt?(url: string): number
  /** Notes what was decided or made. */
  record(event: AuditEvent): void
}

export interface ProductSettings {
  /** Exchange: its service description and schemas by file name in lower case, as a person has put them there. */
  readonly serviceDescription?: Readonly<Record<string, string>>
  /** SharePoint: the title of its root web. */
  readonly siteTitle?: string
  /** Lync: where its Storage Service asks for a mailbox's EWS URL (Set-CsOAuthConfiguration -ExchangeAutodiscoverUrl). */
  readonly exchangeAutodiscoverUrl?: string
  /** Exchange: what makes an impersonation allowed; absent: roles. */
  readonly impersonationModel?: ImpersonationModel
  /** Exchange: whose free/busy other organizations' Exchange servers know (Add-AvailabilityAddressSpace). */
  readonly availabilityAddressSpaces?: readonly AvailabilityAddressSpace[]
}

/** A domain of mail addresses, and the `https://host:port` of the Exchange that is asked when its people are free. */
export interface AvailabilityAddressSpace {
  readonly domain: string
  readonly url: string
}

export interface OutboundRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** It may be sent again when its connection breaks: asking twice is asking once. Said for a GET anyway. */
  readonly isRepeatable?: boolean
  /** PEM of authorities that the other side's TLS certificate may come from besides. */
  readonly certificateAuthority?: string
}

/** An answer of whatever status, or why there was none. */
export type OutboundReply =
  | {
      readonly answered: true
      readonly status: number
      header(name: string): readonly string[]
      readonly body: string
    }
  | { readonly answered: false; readonly why: string; readonly distrust?: TlsDistrust }

/** What is wrong with a TLS certificate: whom it comes from, the time for which it is, the name, or something else. */
export type TlsDistrust = 'authority' | 'date' | 'name' | 'other'

/** One row of a product's own administration, below `/admin/v1`: it reads, or says what it is about to change. */
export type AdminOperation = {
  /** `:name` is a parameter. */
  readonly path: string
  handle(request: AdminCall, kit: Kit): Promise<AdminResult>
} & (
  | { readonly method: 'GET'; readonly scope: 'read'; readonly takesQuery?: boolean; readonly change?: never }
  | {
      readonly method: 'POST' | 'PATCH' | 'DELETE'
      /** What the administrator's token must be good for. */
      readonly scope: 'operate' | 'administer'
      /** What the record says before anything is changed. Nothing of what people said to each other. */
      change(request: AdminCall): {
        readonly subject?: string
        readonly change?: Readonly<Record<string, unknown>>
      }
    }
)

/** What an administrator sent, read with the schemas that the operation has for it. */
export interface AdminCall {
  param(name: string): string
  input<T>(schema: z.ZodType<T>): T
  query<T>(schema: z.ZodType<T>): T
}

/** What was found or done, or why not: `code` is stable, `errors` name the members that are wrong. */
export type AdminResult =
  | { readonly status: 200 | 201 | 204; readonly body?: unknown; readonly location?: string }
  | {
      readonly status: 404 | 409 | 422 | 502 | 503
      readonly title: string
      readonly detail: string
      readonly code?: string
      readonly errors?: readonly { readonly path: string; readonly detail: string }[]
    }

/** A test that this server runs against a partner when an administrator asks. */
export interface Probe {
  /** Its path under `/admin/v1/tests/`. */
  readonly name: string
  readonly input: z.ZodType
  /** `input` has passed the schema above. */
  run(input: unknown, kit: Kit): Promise<ProbeReport>
}

export interface ProbeStep {
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly milliseconds: number
  /** What was found or done, in a few words. */
  readonly detail: string
}

export interface ProbeReport {
  readonly passed: boolean
  /** `Test passed.` or `Test failed.` */
  readonly summary: string
  /** Of a test that administrators know by its result codes. */
  readonly result?: { readonly number: number; readonly name: string }
  /** The fields under which administrators know how it went, as their product's own command names them. */
  readonly fields?: Readonly<Record<string, string>>
  readonly steps: readonly ProbeStep[]
  readonly failure?: {
    readonly step: string
    /** Stable, for programs. */
    readonly code: string
    /** What was seen. */
    readonly seen: string
    /** What to do about it. */
    readonly mend: string
  }
}
