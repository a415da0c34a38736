/** Refusals keep what strangers wrote short, and whole. */
import { isoTime, TOKEN_SERVER_ID, WELL_KNOWN } from '../../src/protocol/ids.ts'
import { accept, refuse } from '../../src/protocol/outcome.ts'

test('what is accepted is handed on', () => {
  expect(accept(7)).toEqual({ ok: true, value: 7 })
})

test('a refusal has the members it was given, and no others', () => {
  expect(refuse('no_token')).toEqual({ ok: false, code: 'no_token' })
  expect(Object.keys(refuse('no_token'))).toEqual(['ok', 'code'])
  const all = { at: 'a', about: WELL_KNOWN.lync, expected: 'b', seen: 'c' }
  expect(refuse('claim_missing', all)).toEqual({ ok: false, code: 'claim_missing', ...all })
})

test.each(['at', 'expected', 'seen'])('%s is cut after two hundred characters', (name) => {
  expect(refuse('no_token', { [name]: 'x'.repeat(200) })).toMatchObject({ [name]: 'x'.repeat(200) })
  expect(refuse('no_token', { [name]: 'x'.repeat(201) })).toMatchObject({ [name]: `${'x'.repeat(199)}…` })
  expect(refuse('no_token', { [name]: `${'x'.repeat(198)}😀xx` })).toMatchObject({
    [name]: `${'x'.repeat(198)}\uFFFD…`,
  })
})

test('a moment is written without fractions', () => {
  expect(isoTime(0)).toBe('1970-01-01T00:00:00Z')
  expect(isoTime(1_795_219_200)).toBe('2026-11-21T00:00:00Z')
})

test('the well-known applications have the ids that everyone knows', () => {
  expect(WELL_KNOWN).toEqual({
    exchange: '00000002-0000-0ff1-ce00-000000000000',
    sharepoint: '00000003-0000-0ff1-ce00-000000000000',
    lync: '00000004-0000-0ff1-ce00-000000000000',
  })
  expect(TOKEN_SERVER_ID).toBe('00000001-0000-0000-c000-000000000000')
})
