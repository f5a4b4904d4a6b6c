import { Session } from 'node:inspector/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a profile may take, in seconds. */
export const longestProfile = 60

/**
 * What the process does while it goes on: where its time goes, or who takes how much memory. The answer is JSON that Chromium's
 * developer tools open (`.cpuprofile`, `.heapprofile`). It names functions and files and holds no data.
 */
export type Profile = 'cpu' | 'heap'

/** @throws Error where another profile is being taken: each would slow the other and the proxies */
export async function takeProfile(profile: Profile, seconds: number): Promise<string> {
  if (busy) throw new Error('another profile is being taken')
  busy = true
  const session = new Session()
  session.connect()
  try {
    return JSON.stringify(await (profile === 'cpu' ? cpu : heap)(session, seconds))
  } finally {
    session.disconnect()
    busy = false
  }
}

let busy = false

async function cpu(session: Session, seconds: number): Promise<unknown> {
  await session.post('Profiler.enable')
  await session.post('Profiler.start')
  await sleep(seconds * 1000)
  return (await session.post('Profiler.stop')).profile
}

async function heap(session: Session, seconds: number): Promise<unknown> {
  await session.post('HeapProfiler.startSampling')
  await sleep(seconds * 1000)
  return (await session.post('HeapProfiler.stopSampling')).profile
}
