import { Command } from 'commander'
import { addApply } from './apply.js'
import { addConfig } from './config.js'
import type { Terminal } from './context.js'
import { addExplain } from './explain.js'
import { addExport } from './export.js'
import { addGenerate } from './generate.js'
import { addDelete, addGet } from './get.js'
import { addInspect } from './inspect.js'
import { addInstall } from './install.js'
import { addOffline } from './offline.js'
import { addMigrate } from './migrate.js'
import { addPlan } from './plan.js'
import { addSimulate } from './simulate.js'
import { addUninstall } from './transparent-proxy/commands.js'
import { addWhyNot } from './why-not.js'

/** All of kumactl's commands. Errors are thrown; the entry prints them. */
export function kumactlProgram(terminal: Terminal, version: string): Command {
  const program = new Command('kumactl')
    .description('Management tool for Kuma')
    .option('--config-file <path>', 'path of the configuration file (default: ~/.kumactl/config)')
    .option('-m, --mesh <name>', 'mesh that commands are about (default: that of the active context)')
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
  addApply(program, terminal)
  addGet(program, terminal)
  addDelete(program, terminal)
  addInspect(program, terminal)
  addExport(program, terminal)
  addInstall(program, terminal)
  addUninstall(program, terminal)
  addConfig(program, terminal)
  addGenerate(program, terminal)
  addOffline(program, terminal)
  addExplain(program, terminal)
  addWhyNot(program, terminal)
  addPlan(program, terminal)
  addMigrate(program, terminal)
  addSimulate(program, terminal)
  program
    .command('version')
    .description('print the version')
    .action(() => terminal.out(`Client: Kuma ${version}\n`))
  return program
}
