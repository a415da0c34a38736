/** Reads `m:QueryString`: the words of an Advanced Query Syntax that a person types into a search field. */
import { child, NS, type XmlElement } from '../xml.ts'
import type { Condition } from './condition.ts'
import { done, type EwsResult, problem } from './ews-result.ts'
import type { PropertyPath } from './property-path.ts'

const MOST_WORDS = 30

const field = (scope: string, name: string): PropertyPath => ({ kind: 'field', scope, name })
const SUBJECT = field('item', 'Subject')
const BODY = field('item', 'Body')
const FROM = field('message', 'From')
const SENDER = field('message', 'Sender')
const TO = field('message', 'ToRecipients')

const KEYWORDS: Readonly<Record<string, readonly PropertyPath[]>> = {
  subject: [SUBJECT],
  body: [BODY],
  from: [FROM, SENDER],
  to: [TO],
}

const ANYWHERE = [SUBJECT, FROM, SENDER, TO, BODY]

/**
 * The condition that the words state, all of which must be found: plain words, words "in quotes", and `subject:`, `body:`,
 * `from:`, `to:` before either. Other keywords and operators are `ErrorUnsupportedQueryFilter`.
 */
export function readQueryString(request: XmlElement): EwsResult<Condition | undefined> {
  const text = child(request, NS.messages, 'QueryString')?.text.trim() ?? ''
  if (text === '') return done(undefined)
  const words = wordsIn(text)
  if (words.length > MOST_WORDS) {
    return problem('ErrorUnsupportedQueryFilter', `A query string may have ${MOST_WORDS} words here.`)
  }
  const parts: Condition[] = []
  for (const word of words) {
    const [, keyword, rest] = /^([A-Za-z]+):(.*)$/s.exec(word) ?? []
    const paths = keyword === undefined ? ANYWHERE : KEYWORDS[keyword.toLowerCase()]
    const wanted = (rest ?? word).replaceAll('"', '')
    if (paths === undefined || wanted === '' || /^(AND|OR|NOT|NEAR)$|[()<>*]/.test(word)) {
      return problem(
        'ErrorUnsupportedQueryFilter',
        `A query string may hold words and subject:, body:, from: and to: here, not '${word.slice(0, 40)}'.`,
      )
    }
    const match = { text: wanted, where: 'word start', ignoresCase: true, ignoresMarks: true } as const
    parts.push({ kind: 'any', parts: paths.map((path) => ({ kind: 'contains', path, match })) })
  }
  return done({ kind: 'all', parts })
}

// Blanks inside of quotes do not end a word.
function wordsIn(text: string): string[] {
  const words: string[] = []
  let word = ''
  let isQuoted = false
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted
    if (/\s/.test(character) && !isQuoted) {
      if (word !== '') words.push(word)
      word = ''
    } else word += character
  }
  return word === '' ? words : [...words, word]
}
