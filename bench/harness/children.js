/** Processes of the bench that are talked to: a message out, a message back. They end with the one that started them. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const children = []

/** Starts `bench/harness/<name>.js`; `ask` sends a message and waits for the answer. */
export function startChild(name, execArgv = []) {
  const child = fork(fileURLToPath(new URL(`${name}.js`, import.meta.url)), [], {
    execArgv: ['--disable-warning=ExperimentalWarning', ...execArgv],
  })
  children.push(child)
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${name} ended (${code ?? signal})`)
  })
  ended.catch(() => undefined) // whoever waits for an answer hears of it
  return {
    async ask(message) {
      const answer = once(child, 'message')
      child.send(message)
      const [value] = await Promise.race([answer, ended])
      return value
    },
  }
}

export function endChildren() {
  for (const child of children.splice(0)) child.disconnect()
}
