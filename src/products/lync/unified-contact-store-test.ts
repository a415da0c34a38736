/**
 * Test-CsUnifiedContactStore: whether a user's contacts come out of the mailbox (facts/administration.md A.8). A user who
 * has moved and has no contacts fails, as in the product: an empty list looks like one that was not read.
 */
import * as z from 'zod'
import { commandLine } from '../../trust/command-line.ts'
import { resolveOwner } from '../mailbox-call.ts'
import { type Called, callFault } from '../partner-call.ts'
import { openReport } from '../probe.ts'
import type { Kit, Probe, ProbeReport } from '../product.ts'
import { SipUri } from './sip-uri.ts'
import { taskFields } from './task-fields.ts'
import { type ContactList, contactsOf, readUcs } from './unified-contact-store.ts'

const Input = z.strictObject({ sipUri: SipUri })

export const unifiedContactStoreTest: Probe = {
  name: 'unified-contact-store',
  input: Input,
  run: (input, kit) => run(Input.parse(input).sipUri, kit),
}

const STEPS = ['resolve user', 'state', 'read contacts'] as const
/** In the words of the product. */
export const NO_CONTACTS = 'No contacts were received for the user. Verify that contacts exist for the user.'

async function run(sipUri: string, kit: Kit): Promise<ProbeReport> {
  const { step, close } = openReport(STEPS, kit)
  const started = kit.stopwatch()
  const work = async () => {
    const owner = await step(
      'resolve user',
      () => resolveOwner(sipUri, kit),
      ({ user, smtp }) => `${user.displayName}, ${smtp}`,
    )
    if (owner === undefined) return
    const { user } = owner
    const state = await step(
      'state',
      async () => {
        const { state: found, failure } = await readUcs(user, kit)
        if (found === 'UcsMigrated') return { ok: true, value: found }
        return callFault(
          'ucs_not_migrated',
          `${user.displayName} is ${found}${failure === undefined ? '' : `: ${failure}`}`,
          `have the user sign in: ${commandLine(['entente', 'contact-store', 'sign-in', user.sip ?? user.sid, '--server', kit.name])}`,
        )
      },
      (found) => found,
    )
    if (state === undefined) return
    await step(
      'read contacts',
      async () => atLeastOne(await contactsOf(user, kit)),
      ({ items }) => `${items.length} from the mailbox`,
    )
  }
  await work()
  const report = close()
  return { ...report, fields: taskFields(report, kit.identity.hosts[0] ?? '', kit.stopwatch() - started) }
}

function atLeastOne(found: Called<ContactList>): Called<ContactList> {
  if (!found.ok || found.value.items.length > 0) return found
  return callFault('no_contacts', NO_CONTACTS, 'add a contact, then run the test again')
}
