/** `/signing-keys`: what this server signs with, and how it goes from one key to the next. */
import type { KeyObject } from 'node:crypto'
import * as z from 'zod'
import { type Certificate, hexThumbprint } from '../../protocol/certificate.ts'
import { type EpochSeconds, isoTime, type Thumbprint } from '../../protocol/ids.ts'
import { readPemKey, readPfxKey } from '../../protocol/key-material.ts'
import { accept, type Outcome, refuse } from '../../protocol/outcome.ts'
import type { DocumentFetches } from '../../trust/document-fetches.ts'
import type { Guard, KeyMaterial, OwnKeys } from '../../trust/own-keys.ts'
import { refuseFinish } from '../../trust/rollover-plan.ts'
import { daysLeft, type OwnKey, VERDICTS } from '../../trust/signing-keys.ts'
import { problemOf } from '../problem.ts'
import { Moment } from './clock.ts'
import { type RolloverParts, rolloverEvidence, Step } from './rollover.ts'
import { type AdminRoute, type Change, changeOf, ProblemError } from './route.ts'

/** Makes a key of the product's kind; `life` in seconds instead of the usual. */
export type MakeKey = (life?: number) => Promise<{
  readonly certificate: Certificate
  readonly privateKey: KeyObject
  readonly root?: string
}>

/** A thumbprint as Windows shows it, or as tokens carry it. */
export const AnyThumbprint = z
  .string()
  .regex(/^([0-9A-Fa-f]{40}|[A-Za-z0-9_-]{27})$/, 'expected a thumbprint: 40 hexadecimal digits')
  .transform((text) =>
    text.length === 40
      ? (Buffer.from(text, 'hex').toString('base64url') as Thumbprint)
      : (text as Thumbprint),
  )

const stage = {
  effectiveAt: Moment.exactOptional(),
  force: z.boolean().default(false),
}

export const AddKey = z
  .strictObject({
    pem: z.string().min(1).max(100_000).exactOptional(),
    pfx: z.base64('expected base64 of a PFX').min(1).max(200_000).exactOptional(),
    password: z.string().max(1_000).exactOptional(),
    /** Of a key that is made here: how long its certificate lives. */
    days: z.int().min(1).max(36_500).exactOptional(),
    /** Whether it is staged at once. */
    stage: z.boolean().exactOptional(),
    ...stage,
  })
  .superRefine((input, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (input.pem !== undefined && input.pfx !== undefined) fault('pfx', 'expected pem or pfx, not both')
    const isMade = input.pem === undefined && input.pfx === undefined
    if (isMade && input.password !== undefined) fault('password', 'expected with pem or pfx')
    if (!isMade && input.days !== undefined) fault('days', 'expected for a key that is made here')
    if (input.stage === false && input.effectiveAt !== undefined)
      fault('effectiveAt', 'expected for a key that is staged')
  })
const StageKey = z.strictObject(stage)

export function signingKeyRoutes(make: MakeKey, parts: RolloverParts): AdminRoute[] {
  const { keys, fetches, now } = parts
  const view = () => viewOf(keys, fetches, now())
  const answer = (key: OwnKey) => ({ status: 200 as const, body: keyViewOf(key, now()) })
  const named = (text: string) => {
    const read = AnyThumbprint.safeParse(text)
    if (read.success) return read.data
    throw new ProblemError(
      problemOf(refuse('signing_key_not_found', { at: 'thumbprint', seen: text.slice(0, 80) })),
    )
  }
  // There is one previous key: another that becomes current pushes it out, and its tokens with it.
  const unlessForced = (force: boolean): Guard | undefined =>
    force ? undefined : () => refuseFinish(rolloverEvidence(parts))
  return [
    {
      method: 'GET',
      path: '/signing-keys',
      scope: 'read',
      handle: async () => ({ status: 200, body: view() }),
    },
    {
      method: 'POST',
      path: '/signing-keys',
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => ({ subject: 'signing key', change: keyChangeOf(input(AddKey)) }),
      handle: async ({ input }) => {
        const { effectiveAt, force, stage: isStaged = effectiveAt !== undefined, ...wanted } = input(AddKey)
        const key = unwrap(await keys.add(unwrap(await materialOf(wanted, make))))
        const { x5t } = key.certificate
        const location = `/admin/v1/signing-keys#${hexThumbprint(x5t)}`
        if (!isStaged) return { status: 201, body: keyViewOf(key, now()), location }
        const staged = await keys.stage({ x5t, force, ...(effectiveAt !== undefined && { effectiveAt }) })
        // All or nothing: a key that could not be staged is not left behind.
        if (!staged.ok) await keys.forget(x5t)
        return { status: 201, body: keyViewOf(unwrap(staged), now()), location }
      },
    },
    {
      method: 'POST',
      path: '/signing-keys/publish',
      scope: 'administer',
      kind: 'administration',
      change: ({ input }) => ({ subject: 'next signing key', change: changeOf(input(Step)) }),
      handle: async ({ input }) => answer(unwrap(await keys.publish(unlessForced(input(Step).force)))),
    },
    {
      method: 'POST',
      path: '/signing-keys/clear-previous',
      scope: 'administer',
      kind: 'administration',
      change: () => ({ subject: 'previous signing key' }),
      handle: async () => answer(unwrap(await keys.clearPrevious())),
    },
    {
      method: 'POST',
      path: '/signing-keys/:thumbprint/stage',
      scope: 'administer',
      kind: 'administration',
      change: ({ param, input }) => ({
        subject: `signing key ${param('thumbprint')}`,
        change: changeOf(input(StageKey)),
      }),
      handle: async ({ param, input }) => {
        const { effectiveAt, force } = input(StageKey)
        const x5t = named(param('thumbprint'))
        const wish = { x5t, force, ...(effectiveAt !== undefined && { effectiveAt }) }
        return answer(unwrap(await keys.stage(wish)))
      },
    },
    {
      method: 'POST',
      path: '/signing-keys/:thumbprint/publish',
      scope: 'administer',
      kind: 'administration',
      change: ({ param, input }) => ({
        subject: `signing key ${param('thumbprint')}`,
        change: changeOf(input(Step)),
      }),
      handle: async ({ param, input }) => {
        const guard = unlessForced(input(Step).force)
        return answer(unwrap(await keys.replace(named(param('thumbprint')), guard)))
      },
    },
    {
      method: 'POST',
      path: '/signing-keys/:thumbprint/revoke',
      scope: 'administer',
      kind: 'administration',
      change: ({ param }) => ({ subject: `signing key ${param('thumbprint')}` }),
      handle: async ({ param }) => answer(unwrap(await keys.revoke(named(param('thumbprint'))))),
    },
  ]
}

// Neither a key nor its password comes into the record.
function keyChangeOf({
  pem,
  pfx,
  password: _,
  ...rest
}: z.infer<typeof AddKey>): NonNullable<Change['change']> {
  const source = pem !== undefined ? 'PEM' : pfx !== undefined ? 'PFX' : 'made here'
  return { source, ...changeOf(rest) }
}

type Material = Pick<z.infer<typeof AddKey>, 'pem' | 'pfx' | 'password' | 'days'>

const DAY = 86_400

async function materialOf(
  { pem, pfx, password, days }: Material,
  make: MakeKey,
): Promise<Outcome<KeyMaterial>> {
  if (pem !== undefined) return readPemKey(pem, password, 'pem')
  if (pfx !== undefined) return readPfxKey(pfx, password ?? '', 'pfx')
  return accept(await make(days === undefined ? undefined : days * DAY))
}

function viewOf(keys: OwnKeys, fetches: DocumentFetches, now: EpochSeconds) {
  const { generation } = keys.published()
  const { verdict, currentDays, nextDays } = keys.budget()
  return {
    items: keys.list().map((key) => keyViewOf(key, now)),
    generation,
    leadHours: keys.rules.lead / 3_600,
    promotes: keys.rules.promotes,
    budget: { verdict, text: VERDICTS[verdict], currentDays, nextDays },
    fetches: fetches.list().map(({ issuer, fetchedAt, ...fetch }) => ({
      partner: issuer,
      generation: fetch.generation,
      fetchedAt: isoTime(fetchedAt),
    })),
  }
}

/** The signing keys as the REST shows them. */
export type SigningKeysView = ReturnType<typeof viewOf>

function keyViewOf(key: OwnKey, now: EpochSeconds) {
  const { state, certificate, effectiveAt, since, addedAt, root } = key
  return {
    state,
    ...certificateViewOf(certificate),
    daysLeft: daysLeft(key, now),
    ...(effectiveAt !== undefined && { effectiveAt: isoTime(effectiveAt) }),
    since: isoTime(since),
    addedAt: isoTime(addedAt),
    issuedBySelf: root === undefined,
  }
}

export type SigningKeyView = ReturnType<typeof keyViewOf>

/** A certificate as the REST shows it. */
export function certificateViewOf({ x5t, subject, notBefore, notAfter }: Certificate) {
  return {
    x5t,
    thumbprint: hexThumbprint(x5t),
    subject,
    notBefore: isoTime(notBefore),
    notAfter: isoTime(notAfter),
  }
}

function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value
  throw new ProblemError(problemOf(outcome))
}
