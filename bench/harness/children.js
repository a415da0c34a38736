/** Processes of the bench that are talked to: a message out, a message back. They end with the one that started them. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const children = []

/**
 * Starts `bench/harness/<name>.js`. `ask` sends a message and waits for the answer, `said` waits for what it says by itself.
 */
export function startChild(name, execArgv = [], args = []) {
  const child = fork(fileURLToPath(new URL(`${name}.js`, import.meta.url)), args, {
    execArgv: ['--disable-warning=ExperimentalWarning', ...execArgv],
    // What a peer prints is no part of a figure.
    stdio: ['ignore', process.stderr, 'inherit', 'ipc'],
  })
  const gone = once(child, 'exit')
  children.push({ child, gone })
  const ended = gone.then(([code, signal]) => {
    throw new Error(`${name} ended (${code ?? signal})`)
  })
  ended.catch(() => undefined) // whoever waits for an answer hears of it
  const said = async () => {
    const [value] = await Promise.race([once(child, 'message'), ended])
    return value
  }
  return {
    said,
    ask(message) {
      const answer = said()
      child.send(message)
      return answer
    },
  }
}

/** Lets all of them end, and waits until they are gone. */
export async function endChildren() {
  const ending = children.splice(0)
  for (const { child } of ending) if (child.connected) child.disconnect()
  await Promise.all(ending.map(({ gone }) => gone))
}
