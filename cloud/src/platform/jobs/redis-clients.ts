/**
 * Connections to Redis that end when we say so. BullMQ leaves a connection that it could not close
 * in order, because Redis is away, to try again for good, and with it a process that wants to end.
 */
import { Redis, type RedisOptions } from 'ioredis'

export type RedisClients = {
  /** For those who add: told at once that Redis is away, instead of adding much later. */
  adding(): Redis
  /** For workers, whose commands wait for Redis; each worker also makes itself a twin to block. */
  working(): Redis
  end(): void
}

export function redisClients(url: string): RedisClients {
  const all = new Set<Redis>()
  const shared = new Map<string, Redis>()

  function tracked(client: Redis): Redis {
    all.add(client)
    // BullMQ reports errors as those of its queues and workers while they last.
    client.on('error', () => undefined)
    const twin = client.duplicate.bind(client)
    client.duplicate = override => tracked(twin(override))
    return client
  }
  function open(name: string, options: RedisOptions): Redis {
    const client = shared.get(name) ?? tracked(new Redis(url, options))
    shared.set(name, client)
    return client
  }
  return {
    adding: () => open('adding', { maxRetriesPerRequest: 1, enableOfflineQueue: false }),
    // Null is what BullMQ demands of workers.
    working: () => open('working', { maxRetriesPerRequest: null }),
    end() {
      for (const client of all) client.disconnect()
    },
  }
}
