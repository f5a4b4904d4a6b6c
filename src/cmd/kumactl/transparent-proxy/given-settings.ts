import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { parse } from 'yaml'
import { isSection, mergeValues } from '../../../kubernetes/install/merge-values.js'
import { type TransparentProxySettings, readTransparentProxySettings } from '../../../kubernetes/transparent-proxy/settings.js'
import type { Terminal } from '../context.js'
import { CliFailure } from '../failure.js'
import { type GivenValues, setValue } from '../install/set-value.js'
import { settingFlags, variableOf } from './flags.js'

const again = (text: string, known: readonly string[] | undefined) => [...(known ?? []), text]

/** Gives a command the flags of the transparent proxy. */
export function addSettingFlags(command: Command): void {
  for (const { flag, sort, description } of settingFlags) {
    if (flag === undefined) continue
    const option = new Option(`--${flag} ${sort === 'on' ? '[on]' : '<value>'}`, description)
    if (sort === 'on') option.preset('true')
    if (sort === 'several') option.argParser(again)
    command.addOption(description === undefined || description === 'not supported' ? option.hideHelp() : option)
  }
  command.option('--config <yaml>', 'settings as YAML or JSON; they go before those of --config-file', again)
}

/** What files say, then `--config`, then variables, then flags: the later goes before. @throws CliFailure */
export async function givenSettings(command: Command, terminal: Terminal, env: NodeJS.ProcessEnv): Promise<TransparentProxySettings> {
  // kumactl has a flag of this name for its own configuration, which this command has no use for.
  const { configFile } = command.optsWithGlobals<{ readonly configFile?: string }>()
  let given: GivenValues = {}
  if (configFile !== undefined) {
    given = mergeValues(given, readSection(configFile === '-' ? await terminal.readStdin() : readFile(configFile), configFile))
  }
  for (const text of (command.getOptionValue('config') as readonly string[] | undefined) ?? []) {
    given = mergeValues(given, readSection(text, '--config'))
  }
  for (const { path } of settingFlags) sayUnlessEmpty(given, path, env[variableOf(path)])
  for (const { path, flag } of settingFlags) if (flag) sayUnlessEmpty(given, path, flagValue(command, flag))
  if (flagValue(command, 'redirect-dns') === 'true' && flagValue(command, 'redirect-all-dns-traffic') === 'true') {
    throw new CliFailure('--redirect-dns and --redirect-all-dns-traffic: one of them can be given, not both')
  }
  const read = readTransparentProxySettings(given)
  if ('settings' in read) return read.settings
  throw new CliFailure(`these settings can't be used:${read.faults.map(({ path, message }) => `\n* ${named(path)}: ${message}`).join('')}`)
}

const flagValue = (command: Command, flag: string): unknown => command.getOptionValue(new Option(`--${flag}`).attributeName())

function sayUnlessEmpty(given: GivenValues, path: string, value: unknown): void {
  if (value !== undefined && value !== '') setValue(given, path.split('.'), value)
}

/** A setting with the flag that says it, for the people who wrote the flag. */
function named(path: string): string {
  const flag = settingFlags.find((one) => one.path === path)?.flag
  return flag ? `${path} (--${flag})` : path
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new CliFailure(`--config-file ${path}: ${(error as Error).message}`)
  }
}

function readSection(text: string, source: string): GivenValues {
  let value: unknown
  try {
    value = parse(text) ?? {}
  } catch (error) {
    throw new CliFailure(`${source}: ${(error as Error).message}`)
  }
  if (isSection(value)) return { ...value }
  throw new CliFailure(`${source}: expected a map of settings`)
}
