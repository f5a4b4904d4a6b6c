import { setTimeout as sleep } from 'node:timers/promises'
import type { Family } from '../../../kubernetes/transparent-proxy/exclusions.js'
import type { TransparentProxySettings } from '../../../kubernetes/transparent-proxy/settings.js'
import { CliFailure } from '../failure.js'
import { runProgram } from '../run-program.js'

export type Mode = 'nft' | 'legacy'

/** The programs of a family and what they can do. */
export interface Iptables {
  readonly mode: Mode
  readonly family: Family
  /** What `iptables-save` prints. */
  readonly saved: string
}

type Patience = Pick<TransparentProxySettings, 'wait' | 'waitInterval' | 'retry'>

const programOf = (family: Family, mode: Mode, what: 'save' | 'restore') =>
  `${family === 'IPv4' ? 'iptables' : 'ip6tables'}-${mode}-${what}`

/** Rules without which nothing can be redirected. */
const needed = '*nat\n-A OUTPUT -p tcp --dport 1 -m owner --uid-owner 0 -j REDIRECT --to-ports 1\nCOMMIT\n'

/**
 * Finds the iptables to use: the one whose rules are there already, for a host has to keep to one; else nft.
 * @throws CliFailure when there is none that works
 */
export async function findIptables(family: Family, modes: readonly Mode[] = ['nft', 'legacy']): Promise<Iptables> {
  const found: Iptables[] = []
  const faults: string[] = []
  for (const mode of modes) {
    const { status, out, err } = await runProgram(programOf(family, mode, 'save'), [])
    const fault = status === 0 ? await faultOf({ mode, family }, needed) : err
    if (fault === undefined) found.push({ mode, family, saved: out })
    else faults.push(`* ${mode}: ${fault.trim()}`)
  }
  const [first] = found
  if (first === undefined) throw new CliFailure(`there is no iptables for ${family} that works:\n${faults.join('\n')}`)
  const used = found.filter(({ saved }) => /^-A /m.test(saved))
  return used.find(({ saved }) => hasDockerOutput(saved)) ?? used[0] ?? first
}

export const hasDockerOutput = (saved: string) => /^:DOCKER_OUTPUT /m.test(saved)

/** Whether rules can be had here; nothing is changed. */
export async function can(iptables: Iptables, table: string, does: string): Promise<boolean> {
  return (await faultOf(iptables, `*${table}\n-A OUTPUT ${does}\nCOMMIT\n`)) === undefined
}

async function faultOf({ family, mode }: Pick<Iptables, 'family' | 'mode'>, rules: string): Promise<string | undefined> {
  const { status, err } = await runProgram(programOf(family, mode, 'restore'), ['--test', '--noflush'], rules)
  return status === 0 ? undefined : err
}

/** Changes rules; each table is changed as a whole or not at all. @throws CliFailure */
export async function restore({ family, mode }: Iptables, rules: string, { wait, waitInterval, retry }: Patience): Promise<void> {
  if (rules === '') return
  // With nft there is no lock.
  const lock =
    mode === 'legacy' ? [...(wait > 0 ? [`--wait=${wait}`] : []), ...(waitInterval > 0 ? [`--wait-interval=${waitInterval}`] : [])] : []
  const program = programOf(family, mode, 'restore')
  for (let tries = 0; ; tries++) {
    const { status, err } = await runProgram(program, [...lock, '--noflush'], rules)
    if (status === 0) return
    if (tries >= retry.maxRetries) throw new CliFailure(`${program}: ${err.trim()}`)
    await sleep(retry.sleepBetweenRetries)
  }
}
