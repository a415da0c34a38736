/** What a person types: the commands, from arguments to an exit code. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { ConfigError } from '../server/config-error.ts'
import { addAdminTokenCommands } from './admin-token.ts'
import { addAttackCommand } from './attack.ts'
import { addAuditCommands } from './audit.ts'
import { addClockCommands } from './clock.ts'
import { CMDLETS } from './cmdlets.ts'
import { addDoctorCommand } from './doctor.ts'
import { addEwsAccessCommands } from './ews-access.ts'
import { EXIT, type ExitCode, exitOf, WouldChange } from './exit.ts'
import { addFaultCommands } from './fault.ts'
import { addInspectCommands } from './inspect.ts'
import { addKeyCommands } from './key.ts'
import { addLabCommands } from './lab.ts'
import { addLyncSettingsCommands } from './lync-settings.ts'
import { addLyncUserCommands } from './lync-user.ts'
import { addEnterpriseCommand, addManagementCommands } from './management.ts'
import { inOneLine, type Terminal } from './output.ts'
import { addPartnerCommands } from './partner.ts'
import { addPermissionCommands } from './permissions.ts'
import { addRolloverCommands } from './rollover.ts'
import { addSharePointCommands } from './sharepoint.ts'
import { addStorageServiceCommands } from './storage-service.ts'
import { addTestCommands } from './test.ts'
import { addTokenServerCommands } from './token-server.ts'
import { translateCmdlet } from './translate-cmdlet.ts'
import { addUserCommands } from './user.ts'

export async function runProgram(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok
  const setExit = (wanted: ExitCode) => {
    code = wanted
  }
  const program = createProgram(terminal, setExit)
  try {
    await program.parseAsync(translateCmdlet(args), { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof WouldChange) {
      terminal.out(error.message)
      return EXIT.ok
    }
    const exit = exitOf(error)
    if (exit === undefined) throw error
    if (exit.line !== '') terminal.err(`entente: ${inOneLine(exit.line)}`)
    return exit.code
  }
}

export function createProgram(terminal: Terminal, setExit: (code: ExitCode) => void): Command {
  const program = new Command('entente')
  program
    .description(
      'Server-to-server trust without a token server: Exchange, Lync and SharePoint as local HTTPS services',
    )
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .showHelpAfterError('(add --help for the options)')
    // An empty name would be no part of a path: the call would be another one.
    .hook('preAction', (_, action) => refuseEmptyName(action))
    .addHelpText(
      'after',
      `\nCmdlets as Microsoft’s pages write them:\n  ${Object.keys(CMDLETS).join('\n  ')}`,
    )
  addLabCommands(program, terminal, setExit, runProgram)
  addEnterpriseCommand(addPartnerCommands(program, terminal), terminal)
  addTokenServerCommands(program, terminal)
  addUserCommands(program, terminal)
  addManagementCommands(program, terminal)
  addEwsAccessCommands(program, terminal)
  addPermissionCommands(program, terminal)
  addAdminTokenCommands(program, terminal)
  addTestCommands(program, terminal, setExit)
  addLyncSettingsCommands(program, terminal)
  addLyncUserCommands(program, terminal)
  addStorageServiceCommands(program, terminal, setExit)
  addInspectCommands(program, terminal, setExit)
  addAuditCommands(program, terminal, setExit)
  addClockCommands(program, terminal)
  addKeyCommands(program, terminal)
  addRolloverCommands(program, terminal, setExit)
  addFaultCommands(program, terminal)
  addSharePointCommands(program, terminal)
  addAttackCommand(program, terminal, setExit)
  addDoctorCommand(program, terminal, setExit, runProgram)
  return program
}

function refuseEmptyName(action: Command): void {
  const empty = action.registeredArguments.findIndex((_, i) => action.args[i]?.trim() === '')
  if (empty === -1) return
  const name = `${action.parent?.name()} ${action.name()}`
  throw new ConfigError(
    `${name}: <${action.registeredArguments[empty]?.name()}>: expected a name, saw an empty one`,
  )
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
