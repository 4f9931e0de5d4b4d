/**
 * Profiles by name, from `edge-agent/profiles/`, or by the path of a YAML file of one's own; with
 * the register maps that their ports name. Everything wrong in a file is told at once.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { ModbusProfile } from '@tillproof/firmware-bridge/modbus/profile.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { parse } from 'yaml'
import { loadRegisterMap } from '../drivers/register-map.ts'
import { contradictionsOf } from './contradictions.ts'
import { type MachineProfile, machineProfile } from './schema.ts'

export type LoadedProfile = {
  profile: MachineProfile
  /** Register maps of the ports that have one, by port. */
  maps: Record<string, ModbusProfile>
  /** SHA-256 of the file, hex: which text of this profile was in force. */
  hash: string
}

const SHIPPED = join(import.meta.dirname, '../../profiles')

/** Names of the profiles that come with the agent, in order. */
export function shippedProfiles(): string[] {
  const files = readdirSync(SHIPPED).filter(file => file.endsWith('.yaml'))
  return files.map(file => file.slice(0, -'.yaml'.length)).sort()
}

/**
 * `folder`: what a relative path is read from. Throws `profile.missing`, `profile.invalid` with
 * all faults, or the errors of its register maps.
 */
export function loadMachineProfile(nameOrPath: string, folder: string): LoadedProfile {
  const path = profilePath(nameOrPath, folder)
  return parseMachineProfile(readText(path, nameOrPath), path)
}

/** Checks the text of a profile; `path` is named in the faults, and maps lie beside it. */
export function parseMachineProfile(text: string, path: string): LoadedProfile {
  const parsed = machineProfile.safeParse(readYaml(text, path))
  if (!parsed.success) {
    throw invalid(
      path,
      parsed.error.issues.map(issue => `${issue.path.join('.') || '/'}: ${issue.message}`),
    )
  }
  const profile = parsed.data
  const maps = mapsOf(profile, dirname(path))
  const faults = contradictionsOf(profile, maps)
  if (faults.length > 0) throw invalid(path, faults)
  return { profile, maps, hash: toHex(sha256(new TextEncoder().encode(text))) }
}

function profilePath(nameOrPath: string, folder: string): string {
  if (isAbsolute(nameOrPath)) return nameOrPath
  if (/[/.]/.test(nameOrPath)) return resolve(folder, nameOrPath)
  return join(SHIPPED, `${nameOrPath}.yaml`)
}

function readText(path: string, nameOrPath: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new TillproofError(
      'profile.missing',
      `There is no machine profile ${nameOrPath}.`,
      `Name one of ${shippedProfiles().join(', ')}, or the path of a YAML file of your own.`,
      { cause },
    )
  }
}

function mapsOf(profile: MachineProfile, folder: string): Record<string, ModbusProfile> {
  const named = Object.entries(profile.ports).flatMap(([name, { map }]) =>
    map === undefined ? [] : [[name, loadRegisterMap(map, folder)] as const],
  )
  return Object.fromEntries(named)
}

function readYaml(text: string, path: string): unknown {
  try {
    return parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    throw invalid(path, [`not YAML: ${reason}`], cause)
  }
}

function invalid(path: string, faults: string[], cause?: unknown): TillproofError {
  return new TillproofError(
    'profile.invalid',
    `The machine profile ${path} cannot be used: ${faults.join('; ')}`,
    'Correct the named places; docs/operating/machines.md explains each.',
    { cause },
  )
}
