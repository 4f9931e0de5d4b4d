/**
 * Ends a connection that announces a packet larger than any of ours, before it is buffered: the
 * parser behind would otherwise collect up to 256 MB for a single packet. Reads only the fixed
 * header of each packet (MQTT 3.1.1 §2.2):
 *
 *   | type, flags | remaining length: 7 bits a byte, low first, high bit: more | … |
 */
import { Duplex, Transform } from 'node:stream'
import { TillproofError } from '@tillproof/shared/errors.ts'

/** The same bytes through a stream that fails on a packet of more than `most` bytes. */
export function limitPackets(socket: Duplex, most: number): Duplex {
  const take = packetMeter(most)
  const guard = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (take(chunk)) done(null, chunk)
      else done(tooLarge())
    },
  })
  socket.on('error', error => guard.destroy(error))
  socket.on('close', () => guard.destroy())
  socket.pipe(guard)
  return Duplex.from({ readable: guard, writable: socket })
}

const MOST_LENGTH_BYTES = 4

/** Fed with what arrives, in pieces of any size; false once a packet is too large or malformed. */
export function packetMeter(most: number): (chunk: Uint8Array) => boolean {
  // Bytes of the present packet that are still to come; -1 while its header is being read.
  let rest = 0
  let length = 0
  let lengthBytes = 0
  return chunk => {
    for (let at = 0; at < chunk.length; ) {
      if (rest > 0) {
        const skipped = Math.min(rest, chunk.length - at)
        rest -= skipped
        at += skipped
        continue
      }
      const byte = chunk[at] ?? 0
      at += 1
      if (rest === 0) {
        // The byte with type and flags.
        rest = -1
        length = 0
        lengthBytes = 0
        continue
      }
      length += (byte & 0x7f) * 128 ** lengthBytes
      lengthBytes += 1
      if (length > most || lengthBytes > MOST_LENGTH_BYTES) return false
      if ((byte & 0x80) === 0) rest = length
    }
    return true
  }
}

function tooLarge(): TillproofError {
  return new TillproofError(
    'broker.packet-too-large',
    'a client announced a packet larger than any of ours',
    'look at what the client is',
  )
}
