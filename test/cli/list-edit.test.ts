/** Lists as PowerShell writes them. */
import { readListEdit, readValues } from '../../src/cli/list-edit.ts'

test.each<[string, unknown]>([
  ['OWA/*', ['OWA/*']],
  ['OWA/*,Foo (a; b)*', ['OWA/*', 'Foo (a; b)*']],
  ['"a","b"', ['a', 'b']],
  [`'a, b' , "c ""d"""`, ['a, b', 'c "d"']],
  ['"{;}"', ['{;}']],
  ['$null', null],
  ['NULL', null],
  ['@{Add="x"}', { add: ['x'] }],
  ['@{Add="x"; Remove="y"}', { add: ['x'], remove: ['y'] }],
  [`@{ remove = 'y','z' ; add = x }`, { remove: ['y', 'z'], add: ['x'] }],
  ['@{Add="a;b}","c";}', { add: ['a;b}', 'c'] }],
])('%s', (text, edit) => {
  expect(readListEdit(text)).toEqual(edit)
})

test.each<[string, RegExp]>([
  ['', /expected a value at character 1, saw the end/],
  ['a,,b', /expected a value at character 3, saw ",b"/],
  ['a,', /expected a value at character 3, saw the end/],
  ['"a', /expected a closing " at character 3, saw the end/],
  ['"a"b', /expected one of , at character 4, saw "b"/],
  ['@{Add="x"', /expected a closing }/],
  ['@{}', /expected Add= or Remove= at character 3/],
  ['@{Plus="x"}', /expected Add= or Remove= at character 3, saw "Plus="x"}"/],
  ['@{Add="x"; Add="y"}', /expected Add only once/],
  ['@{Add=}', /expected a value/],
])('%s is refused with its place', (text, message) => {
  expect(() => readListEdit(text)).toThrow(message)
})

test('a list of values alone has no other forms', () => {
  expect(readValues('Editor')).toEqual(['Editor'])
  expect(readValues('$null')).toEqual(['$null'])
})
