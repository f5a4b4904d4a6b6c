import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { parse } from 'yaml'
import { yamlText } from '../../core/print.js'
import {
  type Installed,
  controlPlaneManifests,
  controlPlaneName,
  place,
  readInstallValues,
  tlsSecretName,
} from '../../kubernetes/install/index.js'
import { type Values, mergeValues } from '../../kubernetes/install/merge-values.js'
import { definitions } from '../../kubernetes/crd/definition.js'
import { version } from '../version.js'
import type { Terminal } from './context.js'
import { CliFailure } from './failure.js'
import { installedCertificate, readSecretByKubectl } from './install/certificate.js'
import { type ValueFlag, valueFlags } from './install/flags.js'
import { type GivenValues, readAssignments, setValue } from './install/set-value.js'
import { addInstallTransparentProxy } from './transparent-proxy/commands.js'

interface ControlPlaneOptions {
  readonly namespace: string
  readonly values: readonly string[]
  readonly set: readonly string[]
  readonly skipKinds: readonly string[]
  readonly dumpValues?: boolean
  readonly withoutKubernetesConnection?: boolean
}

const again = (text: string, known: readonly string[]) => [...known, text]

/** What is needed in a cluster, as manifests for `kubectl apply -f -`. */
export function addInstall(program: Command, terminal: Terminal): void {
  const install = program
    .command('install')
    .description('print manifests that install the parts of Kuma on Kubernetes, for "kubectl apply -f -"; redirect a host to its proxy')
  install
    .command('crds')
    .description('the definitions of custom resources')
    .action(() => terminal.out(yamlOf(definitions(terminal.registry.kinds))))
  addInstallTransparentProxy(install, terminal)
  const command = install
    .command('control-plane')
    .description('the control plane, in a namespace of its own')
    .option('--namespace <name>', 'namespace of the control plane', 'kuma-system')
    .option('-f, --values <file>', 'values as YAML, as the Helm chart takes them; "-": standard input', again, [])
    .option('--set <path=value>', 'single values, as Helm takes them; they go before those of files', again, [])
    .option('--skip-kinds <kind...>', 'kinds of objects that are not printed', [])
    .option('--dump-values', 'print the values instead, with all defaults')
    .option('--without-kubernetes-connection', 'do not ask the cluster for the certificate that it has: for a first installation')
    .action(async (options: ControlPlaneOptions) => {
      const values = readValues(await givenValues(command, options, terminal))
      if (options.dumpValues) return terminal.out(yamlText(values))
      const manifests = await renderControlPlane(values, options, terminal)
      terminal.out(yamlOf(manifests.filter(({ kind }) => !options.skipKinds.includes(kind))))
    })
  for (const { flag, description, sort } of valueFlags) {
    const option = new Option(flag, description)
    if (sort === 'number') option.argParser(Number)
    command.addOption(option)
  }
}

async function renderControlPlane(
  values: ReturnType<typeof readValues>,
  { namespace, withoutKubernetesConnection }: ControlPlaneOptions,
  terminal: Terminal,
): Promise<readonly Installed[]> {
  const { general } = values.controlPlane.tls
  const tls = await installedCertificate({
    namespace,
    serviceName: values.controlPlane.service.name || controlPlaneName,
    secretName: general.secretName || tlsSecretName,
    given: general.secretName !== '',
    caBundle: general.caBundle,
    readSecret: withoutKubernetesConnection ? async () => undefined : readSecretByKubectl,
    now: terminal.now(),
  })
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const checksums = { config: hash(values.controlPlane.config), tls: hash(tls.pair?.certificate ?? tls.authority) }
  return controlPlaneManifests(place(values, { namespace, version, tls, checksums }), definitions(terminal.registry.kinds))
}

/** Files first, then flags, then `--set`: what is said more closely goes before. */
async function givenValues(command: Command, { values: files, set }: ControlPlaneOptions, terminal: Terminal): Promise<GivenValues> {
  let given: GivenValues = {}
  for (const file of files) given = mergeValues(given, readFile(file === '-' ? await terminal.readStdin() : readText(file), file))
  for (const flag of valueFlags) {
    const said = command.getOptionValue(new Option(flag.flag).attributeName()) as string | number | boolean | readonly string[] | undefined
    if (said !== undefined) sayFlag(given, flag, said)
  }
  for (const { path, value } of set.flatMap(readAssignments)) setValue(given, path, value)
  return given
}

function sayFlag(values: GivenValues, { flag, path, sort }: ValueFlag, said: string | number | boolean | readonly string[]): void {
  if (sort !== 'map') return setValue(values, path.split('.'), said)
  for (const pair of said as readonly string[]) {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
    if (key === undefined) throw new CliFailure(`${flag.split(' ')[0]} ${pair}: expected KEY=VALUE`)
    // Resources are sections of their own; names of nodes' labels and of variables may have dots.
    setValue(values, [...path.split('.'), ...(path.endsWith('resources') ? key.split('.') : [key])], value)
  }
}

function readValues(given: GivenValues) {
  const { values, faults } = readInstallValues(given)
  if (values) return values
  throw new CliFailure(`these values can't be installed:${faults.map(({ path, message }) => `\n* ${path}: ${message}`).join('')}`)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CliFailure(`--values ${file}: ${(error as Error).message}`)
  }
}

function readFile(text: string, file: string): Values {
  try {
    const value: unknown = parse(text) ?? {}
    if (typeof value === 'object' && !Array.isArray(value)) return value as Values
  } catch (error) {
    throw new CliFailure(`--values ${file}: ${(error as Error).message}`)
  }
  throw new CliFailure(`--values ${file}: expected a map of values`)
}

const yamlOf = (manifests: readonly Installed[]) => manifests.map((manifest) => yamlText(manifest)).join('---\n')
