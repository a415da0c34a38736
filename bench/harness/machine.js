/** The machine that figures were measured on, in a few words: nothing that tells whose it is. */
import { cpus, loadavg, totalmem } from 'node:os'

export function describeMachine() {
  const [{ model = 'unknown processor' } = {}] = cpus()
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB`
  return {
    processor: model.trim().replace(/\s+/g, ' '),
    cores: cpus().length,
    memory,
    system: process.platform,
    node: process.versions.node,
    openssl: process.versions.openssl,
    v8: process.versions.v8,
    // How busy it was with other things says how far absolute numbers can be trusted.
    load: loadavg()[0],
    date: new Date().toISOString().slice(0, 10),
  }
}
