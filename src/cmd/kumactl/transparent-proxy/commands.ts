import type { Command } from 'commander'
import { readTransparentProxySettings } from '../../../kubernetes/transparent-proxy/settings.js'
import type { Terminal } from '../context.js'
import { CliFailure } from '../failure.js'
import { applyRules, printRules, removeRules } from './apply.js'
import { addSettingFlags, givenSettings } from './given-settings.js'

/** `kumactl install transparent-proxy`: what kuma-init runs in a Pod, and root on a host. */
export function addInstallTransparentProxy(install: Command, terminal: Terminal): void {
  const command = install
    .command('transparent-proxy')
    .description('redirect the traffic of this host to its proxy, by iptables; settings are those of --config-file, if it is given')
  addSettingFlags(command)
  command.action(async () => {
    const settings = await givenSettings(command, terminal, process.env)
    if (settings.dryRun) return printRules(settings, terminal)
    requireRoot()
    await applyRules(settings, terminal)
    terminal.out('The traffic of this host is redirected to its proxy.\n')
  })
}

/** `kumactl uninstall transparent-proxy` */
export function addUninstall(program: Command, terminal: Terminal): void {
  program
    .command('uninstall')
    .description('take back what "kumactl install" did to this host')
    .command('transparent-proxy')
    .description('redirect the traffic of this host no longer')
    .option('--dry-run', 'print what would be removed and remove nothing')
    .option('--verbose', 'accepted, without effect')
    .action(async ({ dryRun = false }: { readonly dryRun?: boolean }) => {
      requireRoot()
      const read = readTransparentProxySettings({ dryRun })
      if ('faults' in read) throw new CliFailure(read.faults.map(({ message }) => message).join('\n'))
      await removeRules(read.settings, terminal)
      if (!dryRun) terminal.out('The traffic of this host is not redirected.\n')
    })
}

function requireRoot(): void {
  if (process.platform !== 'linux') throw new CliFailure('traffic can be redirected on Linux only; with --dry-run the rules are printed')
  if (process.geteuid?.() !== 0) throw new CliFailure('rules of iptables are changed by root only')
}
