/** A conversation as the text of an item. */
import { isoTime } from '../../protocol/ids.ts'
import type { Conversation, Message } from './conversation.ts'

/** The names of people by their SIP addresses. */
export type NameOf = (sipUri: string) => string

/** What an item is called in the mailbox of `owner`: as the conversation is, else by whom it was with. */
export function subjectFor({ subject, participants }: Conversation, owner: string, nameOf: NameOf): string {
  if (subject !== '') return subject
  const others = participants.map(({ sipUri }) => sipUri).filter((sipUri) => sipUri !== owner)
  return `Conversation with ${others.map(nameOf).join(', ')}`.slice(0, 255)
}

/** Every message with who said it and when, a blank line after each, so that more can be added at the end. */
export function transcriptOf(messages: readonly Message[], nameOf: NameOf): string {
  return messages
    .map(({ sender, time, text }) => `${nameOf(sender)} [${isoTime(time)}]:\n${text}\n\n`)
    .join('')
}
