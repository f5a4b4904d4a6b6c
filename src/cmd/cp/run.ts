import type { Logger } from '../log.js'
import type { KumaCpConfig } from './config.js'
import { startKumaCp } from './start.js'

const stopSignals = ['SIGINT', 'SIGTERM'] as const

/**
 * Runs until it is told to stop: SIGINT or SIGTERM; a second one doesn't wait.
 * @returns the exit status
 */
export async function runControlPlane(config: KumaCpConfig, log: Logger): Promise<number> {
  const running = await startKumaCp(config, log)
  const signal = await new Promise<string>((resolve) => {
    for (const name of stopSignals) process.once(name, () => resolve(name))
  })
  log.info(`${signal}: stopping`)
  for (const name of stopSignals) process.once(name, () => process.exit(1))
  await running.stop()
  log.info('stopped')
  return 0
}
