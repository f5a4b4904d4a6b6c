import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createLogger } from '../log.js'
import { waitForProxy } from './wait.js'

const options = { timeoutMs: 30_000, checkFrequencyMs: 10, requestTimeoutMs: 5_000, log: createLogger('test', 'off') }

test('waits until the proxy is ready, and not longer than it is told', async () => {
  let asked = 0
  const server = http.createServer((_request, response) => void response.writeHead(++asked < 3 ? 503 : 200).end())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ready`
  await waitForProxy({ ...options, url })
  expect(asked).toBe(3)
  server.closeAllConnections()
  server.close()
  await expect(waitForProxy({ ...options, url, timeoutMs: 30 })).rejects.toThrow('the proxy was not ready within 0.03 s')
})

test('asks this machine alone', async () => {
  for (const url of ['http://example.com/ready', 'https://localhost/ready', 'ready']) {
    await expect(waitForProxy({ ...options, url })).rejects.toThrow('expected a URL of this machine')
  }
})
