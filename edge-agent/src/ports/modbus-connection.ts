/**
 * One open connection of the Modbus library, its faults put into words of ours.
 * It belongs to the queue in `modbus-bus.ts`: never two requests at a time.
 */
import type { EventEmitter } from 'node:events'
import type { Block } from '@tillproof/firmware-bridge/modbus/decode.ts'
import type ModbusRTU from 'modbus-serial'
import { type BusAnswer, refuse } from './bus-answer.ts'

export type BusTransport =
  | { kind: 'rtu'; path: string; baudRate: number }
  | { kind: 'tcp'; host: string; port: number }

export type BusConnection = {
  read(unitId: number, block: Block): Promise<BusAnswer<number[]>>
  writeRegisters(unitId: number, address: number, words: number[]): Promise<BusAnswer<true>>
  writeCoil(unitId: number, address: number, on: boolean): Promise<BusAnswer<true>>
  onClose(listener: (reason: string) => void): void
  close(): Promise<void>
}

type Client = ModbusRTU.default

/** Opens the line; `timeoutMs` bounds each request, and the connect of TCP. */
export async function connectBus(
  transport: BusTransport,
  timeoutMs: number,
): Promise<{ ok: true; connection: BusConnection } | { ok: false; detail: string }> {
  const { default: modbusSerial } = await import('modbus-serial')
  const client = new modbusSerial.default()
  client.setTimeout(timeoutMs)
  // The library emits line errors as events; they arrive with the close or the failed request.
  client.on('error', () => undefined)
  try {
    if (transport.kind === 'rtu') {
      // The buffered variant: answers of real adapters come in pieces.
      await client.connectRTUBuffered(transport.path, { baudRate: transport.baudRate })
    } else {
      await client.connectTCP(transport.host, { port: transport.port })
    }
  } catch (error) {
    client.destroy(() => undefined)
    return { ok: false, detail: textOf(error) }
  }
  hearLateErrors(client)
  return { ok: true, connection: connectionOf(client, transport.kind) }
}

/**
 * The library stops listening to its port when it is told to close it. A write that is still under
 * way then fails with nobody listening, and that would end the whole process.
 */
function hearLateErrors(client: Client): void {
  const { _port: port } = client as unknown as { _port?: EventEmitter }
  port?.on('error', () => undefined)
}

/** `ended` answers a request that is under way when the line closes: the library would not. */
type Session = { client: Client; ended: Promise<string>; end(reason: string): void }

function connectionOf(client: Client, kind: BusTransport['kind']): BusConnection {
  const { promise: ended, resolve: end } = Promise.withResolvers<string>()
  const session: Session = { client, ended, end }
  client.on('close', () => end('line closed'))
  return {
    read: (unitId, block) => guarded(session, unitId, () => read(client, block)),
    writeRegisters: (unitId, address, words) =>
      guarded(session, unitId, async () => {
        const echo = await client.writeRegisters(address, words)
        return echo.address === address && echo.length === words.length ? true : undefined
      }),
    writeCoil: (unitId, address, on) =>
      guarded(session, unitId, async () => {
        const echo = await client.writeCoil(address, on)
        return echo.address === address && echo.state === on ? true : undefined
      }),
    onClose: listener => void ended.then(listener),
    close: () => close(session, kind),
  }
}

async function read(client: Client, block: Block): Promise<number[] | undefined> {
  const { data } = await readers[block.table](client, block.address, block.count)
  const words = data.slice(0, block.count).map(Number)
  return words.length === block.count ? words : undefined
}

const readers: Record<
  Block['table'],
  (client: Client, address: number, count: number) => Promise<{ data: (number | boolean)[] }>
> = {
  coil: (client, address, count) => client.readCoils(address, count),
  discrete: (client, address, count) => client.readDiscreteInputs(address, count),
  holding: (client, address, count) => client.readHoldingRegisters(address, count),
  input: (client, address, count) => client.readInputRegisters(address, count),
}

function guarded<T>(
  { client, ended }: Session,
  unitId: number,
  request: () => Promise<T | undefined>,
): Promise<BusAnswer<T>> {
  if (!client.isOpen) return Promise.resolve(refuse('bus-down', 'line closed'))
  dropSurplus(client)
  client.setID(unitId)
  const answer = request().then(
    (value): BusAnswer<T> =>
      value === undefined ? refuse('bad-answer', 'answer does not fit') : { ok: true, value },
    refusalOf,
  )
  return Promise.race([answer, ended.then(reason => refuse('bus-down', reason))])
}

/**
 * The library keeps what followed an answer, and takes it for the answer to the next request: a box
 * that says everything twice would tell one register's value for another's. It has no public way
 * to forget.
 */
function dropSurplus(client: Client): void {
  const { _port: port } = client as unknown as { _port?: { _buffer?: Buffer } }
  if (port?._buffer !== undefined) port._buffer = Buffer.alloc(0)
}

function refusalOf(error: unknown): BusAnswer<never> {
  const detail = textOf(error)
  const { modbusCode, errno } = (error ?? {}) as { modbusCode?: unknown; errno?: unknown }
  if (typeof modbusCode === 'number') return refuse('exception', detail)
  if (errno === 'ETIMEDOUT') return refuse('timeout', detail)
  if (errno === 'ECONNREFUSED') return refuse('bus-down', detail)
  return refuse('bad-answer', detail)
}

/** The library's own faults are objects with a message, not instances of Error. */
function textOf(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown }
  return typeof message === 'string' ? message : String(error)
}

/** Ends the connection; a TCP peer that is gone would never answer a polite end. */
function close({ client, end }: Session, kind: BusTransport['kind']): Promise<void> {
  end('closed by us')
  return new Promise(resolve => {
    if (kind === 'tcp') return client.destroy(() => resolve())
    if (!client.isOpen) return resolve()
    client.close(() => resolve())
  })
}
