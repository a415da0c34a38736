/** JSON of strangers: no member twice, whatever its spelling, and no abyss. */
import { isJsonObject, kindOf, parseStrictObject } from '../../src/protocol/strict-json.ts'

const RULES = {
  depth: 3,
  notJson: 'body_not_json',
  duplicate: 'body_duplicate_member',
  tooDeep: 'body_too_deep',
} as const
const parse = (text: string) => parseStrictObject(text, 'body', RULES)

test.each([
  ['{}', {}],
  ['{"a":1}', { a: 1 }],
  ['{"a":{"a":{"b":1}},"b":{"a":2}}', { a: { a: { b: 1 } }, b: { a: 2 } }],
  ['{"a":[[]],"b":[{}],"c":[[]]}', { a: [[]], b: [{}], c: [[]] }],
  ['{"a":["a","a"],"b":"a"}', { a: ['a', 'a'], b: 'a' }],
  ['{"a":"{[{[","b":"\\"{[{["}', { a: '{[{[', b: '"{[{[' }],
  ['{"a":"\\\\","b":"a"}', { a: '\\', b: 'a' }],
  ['{"a":"x:","b":"\\":","c":":"}', { a: 'x:', b: '":', c: ':' }],
  ['{"a":["b"],"b":1}', { a: ['b'], b: 1 }],
  // Read letter by letter, for what stands in the last text.
  ['{"a":[],"b":[[]],"c":[],"d":"\\":"}', { a: [], b: [[]], c: [], d: '":' }],
  ['{"a":{},"b":{"b":{}},"c":{},"d":"\\":"}', { a: {}, b: { b: {} }, c: {}, d: '":' }],
  ['{"a":1,"A":2,"\\u0041a":3}', { a: 1, A: 2, Aa: 3 }],
])('%s is read', (text, value) => {
  expect(parse(text)).toEqual({ ok: true, value })
})

test.each([
  ['{"a":1,"a":2}', 'body.a'],
  ['{"a":1,"b":2,"a":3}', 'body.a'],
  ['{"a":"x","a":2}', 'body.a'],
  ['{"a":2,"a":"x"}', 'body.a'],
  ['{"a":"x","a":"y"}', 'body.a'],
  ['{"a" : "x","a" : 2,"b" : {}}', 'body.a'],
  ['{"a":"x:y","a":2}', 'body.a'],
  ['{"a":{"b":"x","b":2}}', 'body.b'],
  ['{"a":{"b":"x"},"a":2}', 'body.a'],
  ['{"a":{},"a":{}}', 'body.a'],
  ['{"a":1,"a" \t\r\n:2}', 'body.a'],
  ['{"a":1,"\\u0061":2}', 'body.a'],
  ['{"\\u0061":1,"a":2}', 'body.a'],
  ['{"\\"":1,"\\u0022":2}', 'body."'],
  ['{"a":[{"b":1,"b":2}]}', 'body.b'],
  // As many as there would be names if what stands in a list had one.
  ['{"a":[1],"a":[1]}', 'body.a'],
  ['{"a":[1],"a":[1,2]}', 'body.a'],
  ['{"a":{"b":1},"c":1,"c":2}', 'body.c'],
  ['{"":1,"":2}', 'body.'],
  [`{"${'x'.repeat(41)}":1,"${'x'.repeat(41)}":2}`, `body.${'x'.repeat(40)}`],
])('%s names a member twice', (text, at) => {
  expect(parse(text)).toEqual({ ok: false, code: 'body_duplicate_member', at })
})

test.each(['{"a":[[[', '{"a":[[[]]]}', '[[[[', '{"a":{"b":[[]]}}', '{"a":[],"b":[[[]]]}'])(
  '%s is too deep',
  (text) => {
    expect(parse(text)).toEqual({
      ok: false,
      code: 'body_too_deep',
      at: 'body',
      expected: 'at most 3 levels',
    })
  },
)

test.each([
  '',
  '{',
  '{]',
  '{"a"}',
  '{"a":1,}',
  "{'a':1}",
  '{"a":1}{',
  '{"a',
  '{"a\\',
  '\uFEFF{}',
  ']{}',
  '"',
])('%j is no JSON', (text) => {
  expect(parse(text)).toEqual({ ok: false, code: 'body_not_json', at: 'body', expected: 'a JSON object' })
})

test('an escape that is none is a member’s name as it stands', () => {
  expect(parse('{"\\x":1,"\\x":2}')).toMatchObject({ code: 'body_duplicate_member', at: 'body."\\x"' })
  expect(parse('{"\\x":1,"\\y":2}')).toMatchObject({ code: 'body_not_json' })
})

test.each([
  ['[]', 'an array'],
  ['null', 'null'],
  ['"text"', 'a string'],
  ['1', 'a number'],
  ['true', 'a boolean'],
])('%s is JSON, but no object', (text, seen) => {
  expect(parse(text)).toEqual({
    ok: false,
    code: 'body_not_json',
    at: 'body',
    expected: 'a JSON object',
    seen,
  })
})

test('an object is not a list, nor null', () => {
  expect([{}, [], null, 'text', 1, undefined].map(isJsonObject)).toEqual([
    true,
    false,
    false,
    false,
    false,
    false,
  ])
  expect([{}, [], null, 'text', undefined].map(kindOf)).toEqual([
    'an object',
    'an array',
    'null',
    'a string',
    'a undefined',
  ])
})
