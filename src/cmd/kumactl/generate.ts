import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { signWith } from '../../server/tokens/jwt.js'
import { type TokenRequest, readDataplaneRequest, readUserRequest, readZoneRequest } from '../../server/tokens/requests.js'
import { newSigningKey } from '../../server/tokens/signing-keys.js'
import { claimsOf } from '../../server/tokens/tokens.js'
import { type Terminal, sessionOf, withClient } from './context.js'
import { CliFailure } from './failure.js'

interface OfflineOptions {
  readonly signingKeyPath?: string
  readonly kid?: string
}

interface DataplaneTokenOptions extends OfflineOptions {
  readonly name?: string
  readonly dataplane?: string
  readonly tag: string[]
  readonly proxyType: string
  readonly workload?: string
  readonly validFor: string
}

/** Tokens that the control plane signs, or the private key in a file; and such keys. */
export function addGenerate(program: Command, terminal: Terminal): void {
  const generate = program.command('generate').description('generate tokens and the keys that they are signed with')
  signing(generate.command('dataplane-token').description('a token with which a proxy proves who it is'))
    .option('--name <name>', 'the Dataplane that it is for; without it, any of the mesh')
    .option('--dataplane <name>', 'older spelling of --name')
    .option(
      '--tag <key=value...>',
      'tags that the Dataplane must have; several values of a key as key=a,b',
      (tag: string, known: string[]) => [...known, tag],
      [],
    )
    .option('--proxy-type <type>', 'dataplane, ingress or egress', 'dataplane')
    .option('--workload <name>', 'the workload that it is for')
    .requiredOption('--valid-for <duration>', 'how long it is valid, such as 24h', '8760h')
    .action(async (options: DataplaneTokenOptions, command: Command) => {
      const body = {
        name: options.name ?? options.dataplane,
        mesh: sessionOf(command).mesh,
        tags: tagLists(options.tag),
        type: options.proxyType,
        workload: options.workload,
        validFor: options.validFor,
      }
      terminal.out(await issue('dataplane', body, options, command, terminal))
    })
  signing(generate.command('user-token').description('a token with which a user of the API proves who they are'))
    .requiredOption('--name <name>')
    .option('--group <name...>', 'groups that the user belongs to')
    .requiredOption('--valid-for <duration>', 'how long it is valid, such as 24h')
    .action(async (options: OfflineOptions & { name: string; group?: string[]; validFor: string }, command: Command) => {
      const body = { name: options.name, groups: options.group ?? [], validFor: options.validFor }
      terminal.out(await issue('user', body, options, command, terminal))
    })
  signing(generate.command('zone-token').description('a token with which a zone proxy proves who it is'))
    .requiredOption('--zone <name>')
    .option('--scope <name...>', 'ingress, egress', ['ingress', 'egress'])
    .requiredOption('--valid-for <duration>', 'how long it is valid, such as 24h')
    .action(async (options: OfflineOptions & { zone: string; scope: string[]; validFor: string }, command: Command) => {
      const body = { zone: options.zone, scope: options.scope, validFor: options.validFor }
      terminal.out(await issue('zone', body, options, command, terminal))
    })
  generate
    .command('signing-key')
    .description('a private key that tokens are signed with; apply it as the secret `<sort>-token-signing-key-<serial>` to rotate keys')
    .addOption(new Option('--format <format>').choices(['pem', 'pem-base64']).default('pem-base64'))
    .action(async ({ format }: { format: string }) => {
      const key = await newSigningKey()
      terminal.out(format === 'pem' ? key : Buffer.from(key).toString('base64'))
    })
  generate
    .command('public-key')
    .description('the public half of a signing key: with it a control plane verifies tokens that are made elsewhere')
    .requiredOption('--signing-key-path <file>', 'the private key, PEM')
    .action(({ signingKeyPath }: { signingKeyPath: string }) => {
      const key = createPublicKey(privateKeyIn(signingKeyPath))
      terminal.out(key.export({ type: 'pkcs1', format: 'pem' }).toString())
    })
}

function signing(command: Command): Command {
  return command
    .option('--signing-key-path <file>', 'private key to sign with (PEM), so that no control plane is asked')
    .option('--kid <id>', 'how the token calls the key of --signing-key-path')
}

const sorts = {
  dataplane: (body: object) => claims(readDataplaneRequest(body), claimsOf.dataplane),
  user: (body: object) => claims(readUserRequest(body), claimsOf.user),
  zone: (body: object) => claims(readZoneRequest(body), claimsOf.zone),
}

function claims<Identity>(request: TokenRequest<Identity>, of: (identity: Identity) => object) {
  if (request.ok) return { claims: of(request.identity), validForMs: request.validForMs }
  throw new CliFailure(request.violations.map(({ path, message }) => `${path}: ${message}`).join('\n'))
}

async function issue(
  sort: keyof typeof sorts,
  body: object,
  { signingKeyPath, kid }: OfflineOptions,
  command: Command,
  terminal: Terminal,
): Promise<string> {
  if ((signingKeyPath === undefined) !== (kid === undefined)) throw new CliFailure('--signing-key-path and --kid go together')
  if (signingKeyPath === undefined || kid === undefined)
    return withClient(sessionOf(command), (client) => client.post(`/tokens/${sort}`, body))
  const { claims: said, validForMs } = sorts[sort](body)
  return signWith({ serial: kid, key: privateKeyIn(signingKeyPath) }, said, { now: terminal.now(), validForMs })
}

function privateKeyIn(file: string) {
  try {
    return createPrivateKey(readFileSync(file))
  } catch (error) {
    throw new CliFailure(`${file}: expected a private RSA key as PEM: ${(error as Error).message}`)
  }
}

function tagLists(tags: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(
    tags.map((tag) => {
      const [key, values] = tag.split('=')
      if (!key || !values) throw new CliFailure(`--tag ${tag}: expected KEY=VALUE`)
      return [key, values.split(',')]
    }),
  )
}
