/** What Node calls an error. */
import { errorCode } from '../../src/protocol/error-code.ts'

test.each([
  [Object.assign(new Error('any'), { code: 'ENOENT' }), 'ENOENT'],
  [{ code: 'ENOENT' }, 'ENOENT'],
  [Object.assign(new Error('any'), { code: 7 }), undefined],
  [new Error('any'), undefined],
  [null, undefined],
  [undefined, undefined],
  ['text', undefined],
  [Object.assign(() => {}, { code: 'ENOENT' }), undefined],
])('%p has the code %p', (error, code) => {
  expect(errorCode(error)).toBe(code)
})
