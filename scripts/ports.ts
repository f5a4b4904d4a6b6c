import net from 'node:net'

/** Ports of this machine's loopback that nobody has now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)))
  const ports = servers.map((server) => (server?.address() as net.AddressInfo | undefined)?.port ?? 0)
  await Promise.all(servers.map(close))
  return ports
}

/** Those of the ports that somebody has. */
export async function busyPorts(ports: readonly number[]): Promise<number[]> {
  const servers = await Promise.all(ports.map(listen))
  await Promise.all(servers.map(close))
  return ports.filter((_, index) => !servers[index])
}

function listen(port: number): Promise<net.Server | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

function close(server: net.Server | undefined): Promise<unknown> {
  return new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
}
