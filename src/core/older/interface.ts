/** `[address:]port:workloadPort`, as inbounds were written until 0.5. */
export interface OlderInbound {
  readonly address?: string
  readonly port: number
  readonly workloadPort: number
}

/** `[address]:port`, as outbounds were written until 0.5. */
export interface OlderOutbound {
  readonly address?: string
  readonly port: number
}

const host = String.raw`(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*))`

/** Reads `127.0.0.1:9000:6379`, `[::1]:9000:6379`, `9000:6379`. Undefined: it is none of these. */
export function readInboundInterface(text: string): OlderInbound | undefined {
  const parts = new RegExp(`^(?:${host}:)?(\\d{1,5}):(\\d{1,5})$`).exec(text)
  if (!parts) return undefined
  const address = parts[1] ?? parts[2]
  return { ...(address && { address }), port: Number(parts[3]), workloadPort: Number(parts[4]) }
}

/** Reads `127.0.0.1:9090`, `[::1]:9090`, `:9090`, `9090`. Undefined: it is none of these. */
export function readOutboundInterface(text: string): OlderOutbound | undefined {
  const parts = new RegExp(`^(?:${host}:)?(\\d{1,5})$`).exec(text)
  if (!parts) return undefined
  const address = parts[1] ?? parts[2]
  return { ...(address && { address }), port: Number(parts[3]) }
}
