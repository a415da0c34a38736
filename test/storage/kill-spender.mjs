/** Spends assertions in the file it is given, some at once, until it is killed, and prints the name of each that was taken. */
import { writeSync } from 'node:fs'
import { openSqlite } from '../../dist/storage/sqlite.js'

const [path, now] = process.argv.slice(2)
const { assertions } = await openSqlite(path)
const AT_ONCE = 5
const most = { ofAll: 100_000, ofOne: 100_000 }

for (let from = 0; ; from += AT_ONCE) {
  const names = Array.from({ length: AT_ONCE }, (_, at) => `one-${from + at}`)
  await Promise.all(
    names.map(async (once) => {
      const assertion = { client: 'a@litwareinc.com', once, until: Number(now) + 600 }
      if ((await assertions.spend(assertion, Number(now), most)) !== 'spent') throw new Error(once)
      writeSync(1, `${once}\n`)
    }),
  )
}
