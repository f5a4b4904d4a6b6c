import type { ResourceTypeName, Snapshot } from '../translate/snapshot.js'
import { type Refused, hasCaughtUp, refusedNow } from './caught-up.js'
import { isWaiting, releaseStage } from './make-before-break.js'
import { type NodeIdentity, identify } from './node.js'
import { type Finding, explain, noQuarantine } from './quarantine.js'
import {
  type Admission,
  type EndReason,
  type Quarantines,
  type Session,
  type SessionLimits,
  type SessionOptions,
  defaultLimits,
} from './session-host.js'
import type { Sender } from './send-budget.js'
import { type DecodedRequest, type StreamKind, typeOf } from './stream-kind.js'
import { type StreamState, isSettled, newStream, perType, withType } from './stream-state.js'

/** Requests that are kept until the first can be answered: reading stops, but some may be under way. */
const earlyRequests = 64

/**
 * One stream: takes its messages, asks the host whether the proxy may be served, and sends responses as fast as the client
 * takes them. Changes that come faster than that are told once, in their latest form.
 */
export class StreamSession<Request> implements Session, Sender {
  readonly id: string
  readonly protocol: 'sotw' | 'delta'
  private identity: NodeIdentity | undefined
  private state: StreamState | undefined
  /** What came before there was a snapshot. */
  private early: DecodedRequest<Request>[] = []
  private readonly limits: SessionLimits
  private readonly messageOf: ReturnType<StreamKind<Request>['responder']>
  private inFlight = 0
  private stall: NodeJS.Timeout | undefined
  private hold: NodeJS.Timeout | undefined
  /** Runs while requests are counted: as long as a second goes on in which there were some. */
  private breath: NodeJS.Timeout | undefined
  private requests = 0
  private changedAt: number | undefined
  private phase: 'new' | 'admitting' | 'joined' | 'serving' | 'ended' = 'new'
  private readonly patience: NodeJS.Timeout

  constructor(
    private readonly kind: StreamKind<Request>,
    private readonly options: SessionOptions,
  ) {
    this.id = options.id
    this.protocol = kind.name
    this.limits = { ...defaultLimits, ...options.limits }
    this.messageOf = kind.responder(options.instanceId)
    const { firstRequestMs } = this.limits
    this.patience = setTimeout(() => this.end('deadline-exceeded', `no request came within ${firstRequestMs} ms`), firstRequestMs)
    this.patience.unref()
  }

  get node(): NodeIdentity {
    if (!this.identity) throw new Error('a session is not handed out before its node is known')
    return this.identity
  }

  get credential(): string | undefined {
    return this.options.credential
  }

  get settled(): boolean {
    return this.state !== undefined && isSettled(this.state) && !isWaiting(this.state)
  }

  get caughtUp(): boolean {
    return this.state !== undefined && hasCaughtUp(this.state)
  }

  get refused(): readonly Refused[] {
    return this.state ? refusedNow(this.state) : []
  }

  get quarantines(): Quarantines {
    const types = this.state?.types
    return perType((type) => types?.[type].quarantine ?? noQuarantine)
  }

  /** Takes one message of the client. */
  message(bytes: Uint8Array): void {
    if (this.isEnded()) return
    const { requestBytes } = this.limits
    if (bytes.length > requestBytes) {
      return this.end('resource-exhausted', `a request has ${bytes.length} bytes: no more than ${requestBytes} are taken`)
    }
    this.countRequest()
    let request: DecodedRequest<Request>
    try {
      request = this.kind.decode(bytes)
    } catch (error) {
      return this.end('invalid-argument', `the message is not a discovery request: ${(error as Error).message}`)
    }
    if (this.phase === 'new') void this.begin(request)
    else if (this.phase === 'serving') this.take(request)
    else if (this.early.length < earlyRequests) this.early.push(request)
    else this.end('resource-exhausted', `more than ${earlyRequests} requests came before the first could be answered`)
  }

  update(snapshot: Snapshot): void {
    if (this.isEnded() || !this.state) return
    this.changedAt ??= this.options.now()
    this.state = this.kind.protocol.update(this.state, snapshot)
    if (this.phase === 'joined') {
      this.phase = 'serving'
      for (const request of this.early.splice(0)) this.take(request)
      this.options.transport.resume()
    }
    // The first of what is new goes ahead of what others still have to be told of older things.
    this.pump(true)
  }

  explain(type: ResourceTypeName, finding: Finding): void {
    if (this.isEnded() || !this.state) return
    const { quarantine } = this.state.types[type]
    this.state = withType(this.state, type, { quarantine: explain(quarantine, finding), dirty: true })
    this.pump()
  }

  end(reason: EndReason, message: string): void {
    if (this.isEnded()) return
    this.ended(reason, message)
    this.options.transport.end(reason, message)
  }

  /** The stream is gone, for whatever reason. */
  ended(reason: EndReason, message: string): void {
    if (this.isEnded()) return
    const { host, id } = this.options
    const known = this.phase === 'joined' || this.phase === 'serving'
    this.phase = 'ended'
    for (const timer of [this.patience, this.stall, this.hold, this.breath]) clearTimeout(timer)
    this.options.budget?.forget(this)
    this.options.turns?.remove(this)
    if (known) host.left(this, reason, message)
    else host.refused(id, reason, message)
  }

  private async begin(request: DecodedRequest<Request>): Promise<void> {
    const { host, transport, credential } = this.options
    this.phase = 'admitting'
    clearTimeout(this.patience)
    transport.pause()
    const node = identify(request.node)
    if (typeof node === 'string') return this.end('invalid-argument', node)
    const admission = await host.admit(node, credential).catch((error: unknown): Admission => {
      return { ok: false, reason: 'unavailable', message: `the proxy could not be admitted: ${(error as Error).message}` }
    })
    if (this.isEnded()) return
    if (!admission.ok) return this.end(admission.reason, admission.message)
    this.identity = node
    this.early.unshift(request)
    this.state = newStream(`${this.id}-`, admission.quarantine)
    this.phase = 'joined'
    host.joined(this)
  }

  private take(request: DecodedRequest<Request>): void {
    if (!this.state || this.isEnded()) return
    const { node, typeUrl } = request
    if (node?.id && node.id !== this.node.id) {
      return this.end('invalid-argument', `the stream is that of node "${this.node.id}": it can't become that of "${node.id}"`)
    }
    const type = typeOf(typeUrl)
    if (type === undefined) return this.end('invalid-argument', `type_url "${typeUrl}" is not a type of Envoy's API`)
    if (type === 'unserved') return
    const { state, outcome, rejection } = this.kind.protocol.receive(this.state, request.about(type))
    this.state = state
    this.options.host.answered(this, type, outcome, rejection)
    if (state.types[type].due === 'no') this.takeTurn()
    else this.pump()
  }

  /** A client that asks on and on is read no faster than it may ask; who else there is has its turn meanwhile. */
  private countRequest(): void {
    this.breath ??= setTimeout(() => {
      this.breath = undefined
      const paused = this.requests >= this.limits.requestsPerSecond
      this.requests = 0
      if (paused && this.phase === 'serving') this.options.transport.resume()
    }, 1000).unref()
    this.requests++
    if (this.requests === this.limits.requestsPerSecond) this.options.transport.pause()
  }

  /** Sends what there is to send, as long as the client takes it. */
  private pump(urgent = false): void {
    const { host, transport } = this.options
    const { budget, turns } = this.options
    while (this.state && !this.isEnded() && this.inFlight < this.limits.inFlightBytes && (budget?.mayGrow(this, urgent) ?? true)) {
      const { state, response } = this.kind.protocol.next(this.state)
      this.state = state
      if (!response) {
        host.rested(this)
        break
      }
      const message = this.messageOf(response)
      const { byteLength } = message
      this.inFlight += byteLength
      budget?.sent(this, byteLength)
      this.watchStall()
      transport.send(message, () => this.left(byteLength))
      host.sent(this, response.type, byteLength)
      if (turns) {
        turns.add(this)
        break
      }
    }
    this.watchHold()
    if (this.changedAt !== undefined && this.settled) {
      const since = this.changedAt
      this.changedAt = undefined
      host.delivered(this, this.options.now() - since)
    }
  }

  /** There is room for more. */
  proceed(): void {
    if (!this.isEnded()) this.pump()
  }

  private left(bytes: number): void {
    this.inFlight -= bytes
    this.options.budget?.left(this, bytes)
    this.watchStall()
    if (!this.isEnded()) this.takeTurn()
  }

  /** Goes on when it is this session's turn: what it is asked for, and what is new, does not wait for that. */
  private takeTurn(): void {
    const { turns } = this.options
    if (turns) turns.add(this)
    else this.pump()
  }

  private watchStall(): void {
    clearTimeout(this.stall)
    if (this.inFlight === 0 || this.isEnded()) return
    const { stallMs } = this.limits
    this.stall = setTimeout(() => this.end('resource-exhausted', `nothing was taken for ${stallMs} ms`), stallMs)
    this.stall.unref()
  }

  private watchHold(): void {
    const waits = this.state !== undefined && !this.isEnded() && isWaiting(this.state)
    if (waits === (this.hold !== undefined)) return
    clearTimeout(this.hold)
    this.hold = waits ? setTimeout(() => this.release(), this.limits.holdMs) : undefined
    this.hold?.unref()
  }

  private release(): void {
    this.hold = undefined
    if (!this.state || this.isEnded()) return
    this.state = releaseStage(this.state)
    this.pump()
  }

  private isEnded(): boolean {
    return this.phase === 'ended'
  }
}
