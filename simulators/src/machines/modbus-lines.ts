/** A Modbus unit on a TCP server or on a pseudo-terminal (RTU). */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { encodeRtu, rtuRequestFramer } from '@tillproof/firmware-bridge/modbus/rtu.ts'
import type { ModbusUnit } from './modbus-unit.ts'
import { type MachinePort, openMachinePort } from './pty.ts'

/** Silence after which the beginning of a request is given up; far above 3.5 characters. */
const SILENCE_MS = 50

/** Answers requests for `unitId` on the pseudo-terminal behind `path`. */
export function serveRtu(options: { path: string; unitId: number; unit: ModbusUnit }): MachinePort {
  const framer = rtuRequestFramer()
  let cancelSilence = () => {}
  const port = openMachinePort({
    path: options.path,
    onData(bytes) {
      cancelSilence()
      cancelSilence = systemClock.after(SILENCE_MS, () => framer.flush())
      for (const frame of framer.push(bytes)) {
        if (frame.kind !== 'request' || frame.unit !== options.unitId) continue
        port.write(encodeRtu(frame.unit, options.unit.answer(frame.pdu)))
      }
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

/** MBAP: transaction(2) protocol(2)=0 length(2) unit(1) PDU; length counts from the unit on. */
function answerSocket(socket: Socket, unitId: number, unit: ModbusUnit): void {
  let buffer: Buffer = Buffer.alloc(0)
  socket.on('data', chunk => {
    buffer = Buffer.concat([buffer, typeof chunk === 'string' ? Buffer.from(chunk) : chunk])
    while (buffer.length >= 8) {
      const length = buffer.readUInt16BE(4)
      if (length < 2 || length > 254 || buffer.readUInt16BE(2) !== 0) return socket.destroy()
      if (buffer.length < 6 + length) return
      const request = buffer.subarray(0, 6 + length)
      buffer = buffer.subarray(6 + length)
      if (request[6] !== unitId) continue
      const pdu = unit.answer(new Uint8Array(request.subarray(7)))
      const head = Buffer.from(request.subarray(0, 7))
      head.writeUInt16BE(pdu.length + 1, 4)
      socket.write(Buffer.concat([head, pdu]))
    }
  })
}
