import { once } from 'node:events'
import http from 'node:http'

interface Application {
  readonly name: string
  readonly port: number
  /** Ports of the proxy's outbounds, by the service behind. */
  readonly asks: Readonly<Record<string, number>>
}

/** What runs behind the proxies of examples/shop: each answers with its name, and with what those that it asks say. */
const applications: readonly Application[] = [
  { name: 'web', port: 21101, asks: { orders: 21201, stock: 21202 } },
  { name: 'orders v1', port: 21102, asks: { stock: 21203 } },
  { name: 'orders v2', port: 21103, asks: { stock: 21204 } },
  { name: 'stock', port: 21104, asks: {} },
]

const outboundOfWeb = 21201
const outboundOfWebToStock = 21202

/** Ports that the shop needs on this machine. */
export const shopPorts = [21001, 21002, 21003, 21004, ...applications.flatMap(({ port, asks }) => [port, ...Object.values(asks)])]

export interface Answer {
  readonly status: number
  readonly text: string
  /** The caller's identity, as its certificate gives it. */
  readonly caller?: string
}

/** Asks over a plain connection to a port of this machine, as an application asks its proxy. */
export async function ask(port: number, headers: Record<string, string> = {}, path = '/'): Promise<Answer> {
  const request = http.get({ host: '127.0.0.1', port, path, headers, agent: false, timeout: 5000 })
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return { status: response.statusCode ?? 0, text }
}

/** web asks orders, as a customer's request makes it do. */
export const webAsksOrders = (headers?: Record<string, string>) => ask(outboundOfWeb, headers)
/** web asks stock, which no permission allows. */
export const webAsksStock = () => ask(outboundOfWebToStock)

/** Starts the applications. */
export async function startShop(): Promise<{ stop(): void }> {
  const servers = await Promise.all(applications.map(startApplication))
  return {
    stop() {
      for (const server of servers) server.closeAllConnections()
      for (const server of servers) server.close()
    },
  }
}

async function startApplication({ name, port, asks }: Application): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    const caller = /URI=([^;,]*)/.exec(String(request.headers['x-forwarded-client-cert'] ?? ''))?.[1]
    const asked = name.startsWith('orders') ? Object.values(asks) : []
    Promise.all(asked.map((outbound) => ask(outbound))).then(
      (answers) => response.end([`${name}${caller ? ` (asked by ${caller})` : ''}`, ...answers.map(({ text }) => text)].join(' <- ')),
      (error: Error) => response.writeHead(502).end(`${name}: ${error.message}`),
    )
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}
