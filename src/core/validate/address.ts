/** Whether a text is an IPv4 or IPv6 address, as Go's `net.ParseIP` sees it. */
export function isIp(text: string): boolean {
  return isIpv4(text) || isIpv6(text)
}

export function isIpv4(text: string): boolean {
  return /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text) && text.split('.').every((part) => Number(part) <= 255)
}

export function isIpv6(text: string): boolean {
  return ipv6Groups(text) !== undefined
}

/** The eight groups of an IPv6 address; `undefined`: the text is none. */
export function ipv6Groups(text: string): number[] | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (dotted) {
    const [, head = '', v4 = ''] = dotted
    if (!isIpv4(v4)) return undefined
    const [a = 0, b = 0, c = 0, d = 0] = v4.split('.').map(Number)
    return ipv6Groups(`${head}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`)
  }
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const parse = (half: string | undefined) => (half ? half.split(':') : [])
  const left = parse(halves[0])
  const right = parse(halves[1])
  const missing = 8 - left.length - right.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...left, ...Array<string>(Math.max(0, missing)).fill('0'), ...right]
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  return groups.map((group) => Number.parseInt(group, 16))
}

/** Whether two texts are the same address, however they are written. */
export function sameIp(a: string, b: string): boolean {
  if (a === b) return isIp(a)
  const [x, y] = [normalise(a), normalise(b)]
  return x !== undefined && x === y
}

function normalise(text: string): string | undefined {
  return isIpv4(text) ? ipv6Groups(`::ffff:${text}`)?.join() : ipv6Groups(text)?.join()
}

/** Whether a text is a host name. */
export function isDnsName(text: string): boolean {
  if (text === '' || text.replaceAll('.', '').length > 255) return false
  return !isIp(text) && /^([a-zA-Z0-9_][a-zA-Z0-9_-]{0,62})(\.[a-zA-Z0-9_][a-zA-Z0-9_-]{0,62})*[._]?$/.test(text)
}

/** Whether a text is an IP address or a host name. */
export function isAddress(text: string): boolean {
  return isIp(text) || isDnsName(text)
}
