#!/usr/bin/env node
import { Command } from 'commander'
import { ConfigFault, loadKumaCpConfig } from './cp/config.js'
import { migrateUp } from './cp/migrate.js'
import { runControlPlane } from './cp/run.js'
import { unheededSettings } from './cp/unheeded-settings.js'
import { type LogLevel, createLogger, logLevels } from './log.js'
import { kumaVersion, version } from './version.js'

const program = new Command('kuma-cp').description('Universal control plane: keeps meshes and serves their proxies over xDS')
program
  .command('run')
  .description('start the control plane')
  .option('-c, --config-file <file>', 'settings as YAML; the environment (KUMA_*) goes before them')
  .option('--log-level <level>', `one of ${logLevels.join(', ')}`)
  .action(async ({ configFile, logLevel }: { configFile?: string; logLevel?: string }) => {
    const config = loadKumaCpConfig(configFile, process.env)
    if (logLevel !== undefined && !(logLevels as readonly string[]).includes(logLevel)) {
      throw new ConfigFault(`--log-level: ${JSON.stringify(logLevel)} is not allowed, only ${logLevels.join(', ')}`)
    }
    const log = createLogger('kuma-cp', (logLevel as LogLevel | undefined) ?? config.logLevel)
    for (const line of unheededSettings(configFile, process.env)) log.warn(line)
    process.exitCode = await runControlPlane(config, log)
  })
program
  .command('migrate')
  .description('change the shape of what is stored')
  .command('up')
  .description('bring the store to the shape that this version needs; control planes of the version before it can go on')
  .option('-c, --config-file <file>', 'settings as YAML; the environment (KUMA_*) goes before them')
  .action(async ({ configFile }: { configFile?: string }) => console.log(await migrateUp(loadKumaCpConfig(configFile, process.env))))
program
  .command('version')
  .description('print the version')
  .action(() => console.log(`kuma-cp ${version} (answers as Kuma ${kumaVersion})`))

try {
  await program.parseAsync(process.argv)
} catch (error) {
  console.error(`Error: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
