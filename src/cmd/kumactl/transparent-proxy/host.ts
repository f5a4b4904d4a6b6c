import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { type Family, familyOf } from '../../../kubernetes/transparent-proxy/exclusions.js'
import { CliFailure } from '../failure.js'
import { runProgram } from '../run-program.js'

/**
 * The number of the user whose connections are the proxy's own.
 * @param user a name or number; '' is Kuma's user, 5678 or else `kuma-dp`
 * @throws CliFailure when there is no such user
 */
export async function userNumber(user: string): Promise<string> {
  // A container's user needs no entry in its list of users.
  if (/^\d+$/.test(user)) return user
  for (const name of user === '' ? ['5678', 'kuma-dp'] : [user]) {
    const { status, out } = await runProgram('id', ['-u', '--', name])
    if (status === 0 && /^\d+$/.test(out.trim())) return out.trim()
  }
  throw new CliFailure(
    user === ''
      ? '--kuma-dp-user is not given, and there is neither a user 5678 nor kuma-dp: as which user does kuma-dp run?'
      : `--kuma-dp-user ${user}: there is no such user`,
  )
}

/** Name of the loopback interface. */
export function loopbackName(): string {
  const found = Object.entries(networkInterfaces()).find(([, addresses]) => addresses?.some(({ internal }) => internal))
  return found?.[0] ?? 'lo'
}

/** Whether the host has an address of IPv6 that others reach it by. */
export function hasIPv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ internal, family }) => !internal && family === 'IPv6'))
}

/** The servers of a resolv.conf. @throws CliFailure */
export function resolversOf(path: string, family: Family): readonly string[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new CliFailure(`redirect.dns.resolvConfigPath: ${(error as Error).message}`)
  }
  const servers = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address = '']) => address)
  return servers.filter((address) => familyOf(address) === family)
}

/** Gives the loopback interface the address that the proxy dials its application from. @returns why it could not, else undefined */
export async function addPassthroughAddress(loopback: string): Promise<string | undefined> {
  const { status, err } = await runProgram('ip', ['-6', 'address', 'add', '::6/128', 'dev', loopback])
  return status === 0 || /exists|already assigned/i.test(err) ? undefined : err.trim()
}
