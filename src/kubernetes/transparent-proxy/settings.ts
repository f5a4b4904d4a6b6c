import { z } from 'zod'
import { parseDuration } from '../../core/duration.js'
import { familyOf, readUserExclusion, readVirtualNetwork } from './exclusions.js'

type Context = z.core.$RefinementCtx

function refuse(context: Context, value: unknown, allowed: string): never {
  context.addIssue({ code: 'custom', message: `found ${JSON.stringify(value) ?? 'nothing'}: allowed is ${allowed}` })
  return z.NEVER
}

/** A value of a flag, a variable or a file: a text, a number or a truth, however it is written. */
const scalar = <T>(read: (text: string) => T | undefined, allowed: string) =>
  z.unknown().transform((value, context): T => {
    const given = ['string', 'number', 'boolean'].includes(typeof value)
    return (given ? read(String(value).trim()) : undefined) ?? refuse(context, value, allowed)
  })

/** Several: a list, or a text with something between them. */
const listOf = <T>(between: string, read: (text: string) => T | undefined, allowed: string) =>
  z.unknown().transform((value, context): readonly T[] => {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value]
    const texts = items.flatMap((item) => (typeof item === 'string' || typeof item === 'number' ? String(item).split(between) : [item]))
    return texts
      .filter((text) => typeof text !== 'string' || text.trim() !== '')
      .map((text) => (typeof text === 'string' ? read(text.trim()) : undefined) ?? refuse(context, text, allowed))
  })

const within = (least: number, most: number) => (text: string) =>
  /^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined
const portOf = within(1, 65_535)

const port = scalar(portOf, 'a port from 1 to 65535')
const ports = listOf(',', portOf, 'a list of ports from 1 to 65535, such as 22,9090')
const addresses = listOf(',', (text) => (familyOf(text) ? text : undefined), 'a list of addresses, such as 10.0.0.1,fd00::/8')
const users = listOf(';', readUserExclusion, '<protocol>:<ports>:<uids>, such as tcp:22,8000-8080:1000-1010, 53:1001 or 1003')
const networks = listOf(',', readVirtualNetwork, '<interface>:<CIDR>, such as docker0:172.17.0.0/16 or br+:172.18.0.0/16')
const number = scalar(within(0, 4_294_967_295), 'a number that is not negative')
const truth = scalar((text) => ({ true: true, '1': true, false: false, '0': false })[text.toLowerCase()], 'true or false')
const pause = scalar((text) => {
  const read = parseDuration(text)
  return read.ok && read.nanos >= 0n ? Number(read.nanos / 1_000_000n) : undefined
}, 'a duration, such as 2s')
const never = (what: string) => truth.refine((on) => !on, { error: `${what} is not supported` }).default(false)

const flow = (at: number) => ({
  enabled: truth.default(true),
  port: port.default(at),
  /** Only these are redirected, when there are any. */
  includePorts: ports.default([]),
  excludePorts: ports.default([]),
  excludePortsForIPs: addresses.default([]),
  /** The first rule rather than the last: for hosts with rules that let no packet come so far. */
  insertRedirectInsteadOfAppend: truth.default(false),
})

const schema = z.strictObject({
  /** Name or number of the user whose connections are those of the proxy. */
  kumaDPUser: scalar((text) => (/^(\d{1,10}|[A-Za-z_][\w.-]*|)$/.test(text) ? text : undefined), 'the name or number of a user').default(
    '',
  ),
  ipFamilyMode: scalar((text) => (['dualstack', 'ipv4'] as const).find((mode) => mode === text.toLowerCase()), 'dualstack or ipv4').default(
    'dualstack',
  ),
  redirect: z
    .strictObject({
      inbound: z.strictObject(flow(15_006)).prefault({}),
      outbound: z.strictObject({ ...flow(15_001), excludePortsForUIDs: users.default([]) }).prefault({}),
      dns: z
        .strictObject({
          enabled: truth.default(false),
          /** Not only what goes to the servers of resolv.conf. */
          captureAll: truth.default(false),
          port: port.default(15_053),
          skipConntrackZoneSplit: truth.default(false),
          resolvConfigPath: z.string().default('/etc/resolv.conf'),
        })
        .prefault({}),
      vnet: z.strictObject({ networks: networks.default([]) }).prefault({}),
    })
    .prefault({}),
  dropInvalidPackets: truth.default(false),
  log: z.strictObject({ enabled: truth.default(false), level: scalar(within(0, 7), 'a level from 0 to 7').default(7) }).prefault({}),
  comments: z.strictObject({ disabled: truth.default(false) }).prefault({}),
  /** Seconds that the legacy iptables may wait for its lock. */
  wait: number.default(5),
  /** Microseconds between its looks. */
  waitInterval: number.default(0),
  retry: z.strictObject({ maxRetries: number.default(4), sleepBetweenRetries: pause.default(2000) }).prefault({}),
  verbose: truth.default(false),
  dryRun: truth.default(false),
  ebpf: z.looseObject({ enabled: never('eBPF') }).prefault({}),
  storeFirewalld: never('storing rules with firewalld'),
})

/** How a host's traffic is redirected to its proxy. Ports are numbers, `sleepBetweenRetries` is milliseconds. */
export type TransparentProxySettings = z.output<typeof schema>

/** A setting that can't be used: where it is, such as `redirect.inbound.port`, and why. */
export interface SettingFault {
  readonly path: string
  readonly message: string
}

/** Settings of a file with those of variables and flags in it; what is not given has its default. */
export function readTransparentProxySettings(
  given: unknown,
): { readonly settings: TransparentProxySettings } | { readonly faults: readonly SettingFault[] } {
  const read = schema.safeParse(given ?? {})
  if (read.success) return { settings: read.data }
  return { faults: read.error.issues.map(({ path, message }) => ({ path: path.join('.') || 'settings', message })) }
}
