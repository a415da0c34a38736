/**
 * What the tests take from Jest, collected so that they can be run again and again without being loaded anew. A table of
 * `test.each` becomes one test for every few rows: each mutant carries the names of all tests that reach it.
 */
import { expect } from 'expect'

const ROWS = 20

/** Loads test files, one after the other, and gives what they hold, but for the titles `leftOut`, as a tree of suites. */
export async function collect(files, leftOut, load) {
  const root = suite('')
  for (const file of files) {
    let open = within(root, file)
    const names = new Set()
    const add = (title, run) => {
      if (leftOut.includes(title)) return
      let name = [...open.path, title].join(' › ')
      while (names.has(name)) name += ' again'
      names.add(name)
      open.children.push({ id: name, file, run })
    }
    const each = (table) => (title, run) => {
      if (leftOut.includes(title)) return
      // As Jest has it: a table of one column may have lists in it, as long as not every row is one.
      const rows = table.every(Array.isArray) ? table : table.map((row) => [row])
      for (let first = 0; first < rows.length; first += ROWS) {
        const some = rows.slice(first, first + ROWS)
        add(`${title}, rows ${first + 1} to ${first + some.length}`, async () => {
          for (const row of some) await run(...row)
        })
      }
    }
    const describe = (title, fill) => {
      if (leftOut.includes(title)) return
      const outer = open
      open = within(outer, title)
      fill()
      open = outer
    }
    Object.assign(globalThis, {
      ...{ expect, describe, test: Object.assign(add, { each }) },
      beforeAll: (run) => open.before.push(run),
      afterAll: (run) => open.after.push(run),
    })
    await load(file)
  }
  return root
}

function suite(title, path = []) {
  return { path: title === '' ? path : [...path, title], children: [], before: [], after: [] }
}

function within(outer, title) {
  const inner = suite(title, outer.path)
  outer.children.push(inner)
  return inner
}

/** Runs the tests that `wanted` names, or all; `begins` is told the name of each. With `bail` the first failure is the last. */
export async function run(node, { wanted, bail, begins }) {
  if (node.children === undefined) return [await runTest(node, begins)]
  const results = []
  const children = node.children.filter((child) => holds(child, wanted))
  if (children.length === 0) return results
  for (const hook of node.before) await hook()
  for (const child of children) {
    results.push(...(await run(child, { wanted, bail, begins })))
    if (bail && results.some(({ error }) => error !== undefined)) break
  }
  for (const hook of node.after) await hook()
  return results
}

function holds(node, wanted) {
  if (node.children === undefined) return wanted === undefined || wanted.has(node.id)
  return node.children.some((child) => holds(child, wanted))
}

async function runTest({ id, file, run }, begins) {
  const started = performance.now()
  begins(id)
  const error = await Promise.resolve()
    .then(run)
    .then(
      () => undefined,
      (thrown) => thrown ?? new Error('nothing was thrown'),
    )
  return { id, file, error, took: performance.now() - started }
}
