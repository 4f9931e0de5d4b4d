/** A Modbus unit on a TCP server or on a pseudo-terminal (RTU). */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { loadRegisterMap } from '@tillproof/edge-agent/drivers/register-map.ts'
import { encodeRtu, rtuRequestFramer } from '@tillproof/firmware-bridge/modbus/rtu.ts'
import { encodeAdu, modbusTcpFramer } from '@tillproof/firmware-bridge/modbus/tcp.ts'
import { type ModbusUnit, modbusUnit, type UnitPoints } from './modbus-unit.ts'
import { type MachinePort, openMachinePort } from './pty.ts'

/** Silence after which the beginning of a request is given up; far above 3.5 characters. */
const SILENCE_MS = 50

/** Answers requests for `unitId` on the pseudo-terminal behind `path`. */
export function serveRtu(options: { path: string; unitId: number; unit: ModbusUnit }): MachinePort {
  const { path, ...answers } = options
  const onData = answerRtu({ ...answers, write: bytes => port.write(bytes) })
  const port = openMachinePort({ path, onData })
  return port
}

/** What a unit does with the bytes of its line: requests for others are none of its business. */
export function answerRtu(options: {
  unitId: number
  unit: ModbusUnit
  write(bytes: Uint8Array): void
}): (bytes: Uint8Array) => void {
  const framer = rtuRequestFramer()
  let cancelSilence = () => {}
  return bytes => {
    cancelSilence()
    cancelSilence = systemClock.after(SILENCE_MS, () => framer.flush())
    for (const frame of framer.push(bytes)) {
      if (frame.kind !== 'request' || frame.unit !== options.unitId) continue
      options.write(encodeRtu(frame.unit, options.unit.answer(frame.pdu)))
    }
  }
}

export type ServedUnit = { map: string } & Pick<UnitPoints, 'read'> & Partial<UnitPoints>

/** Several boxes on one RS-485 line, each answering for its own unit. */
export function serveUnits(options: {
  path: string
  units: Record<number, ServedUnit>
}): MachinePort {
  const boxes = Object.entries(options.units).map(([id, { map, read, write }]) => {
    const unit = modbusUnit(loadRegisterMap(map), { read, write: write ?? (() => undefined) })
    return answerRtu({ unitId: Number(id), unit, write: bytes => port.write(bytes) })
  })
  const port = openMachinePort({
    path: options.path,
    onData(bytes) {
      for (const hear of boxes) hear(bytes)
    },
  })
  return port
}

export type ModbusTcpServer = { host: string; port: number; close(): Promise<void> }

/** Listens on 127.0.0.1, on `port` when it is free and on any other when not (0 = any). */
export async function serveTcp(options: {
  port: number
  unitId: number
  unit: ModbusUnit
}): Promise<ModbusTcpServer> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    answerSocket(socket, options.unitId, options.unit)
  })
  await listen(server, options.port)
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port
  return {
    host: '127.0.0.1',
    port,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function listen(server: Server, port: number): Promise<void> {
  const listening = once(server, 'listening')
  server.listen(port, '127.0.0.1')
  try {
    await listening
  } catch (error) {
    if (port === 0) throw error
    await listen(server, 0)
  }
}

/** A client that speaks something else is let go. */
function answerSocket(socket: Socket, unitId: number, unit: ModbusUnit): void {
  const framer = modbusTcpFramer()
  socket.on('data', chunk => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    for (const frame of framer.push(bytes)) {
      if (frame.kind === 'discarded') return socket.destroy()
      if (frame.unit !== unitId) continue
      socket.write(encodeAdu({ ...frame, pdu: unit.answer(frame.pdu) }))
    }
  })
}
