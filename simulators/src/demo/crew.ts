/**
 * All processes of one run: started one by one, known by name, written down in run.json so that a
 * later start finds what a crash left, stopped in the reverse of the order they were started.
 */
import { rmSync } from 'node:fs'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { type Child, type ChildSpec, startChild } from './child.ts'
import { type DataFolder, type RunFile, writeRunFile } from './folder.ts'

export type Crew = {
  start(spec: CrewSpec): Promise<Child>
  child(name: string): Child
  names(): string[]
  /** Adds to run.json what others need to reach this run. */
  note(entries: Partial<RunFile>): void
  stop(name: string): Promise<void>
  /** Groups are stopped one after the other, the members of a group together. */
  stopAll(): Promise<void>
}
/** Children of one group are stopped together; the group started last is stopped first. */
export type CrewSpec = Omit<ChildSpec, 'logFolder' | 'onStart' | 'onRestart'> & { group: string }

export function gatherCrew(folder: DataFolder, say: (line: string) => void): Crew {
  const children = new Map<string, { child: Child; group: string }>()
  const run: RunFile = { supervisor: process.pid, children: {} }
  let stopping = false
  writeRunFile(folder, run)

  function note(entries: Partial<RunFile>): void {
    Object.assign(run, entries)
    writeRunFile(folder, run)
  }

  async function stop(name: string): Promise<void> {
    await children.get(name)?.child.stop()
    children.delete(name)
    const { [name]: _, ...others } = run.children
    note({ children: others })
  }

  return {
    async start({ group, ...spec }) {
      if (stopping) throw new TillproofError('demo.stopping', 'the demo is stopping', 'start again')
      const child = await startChild({
        ...spec,
        logFolder: folder.logs,
        onStart: pid => note({ children: { ...run.children, [spec.name]: pid } }),
        onRestart: say,
      })
      children.set(spec.name, { child, group })
      if (stopping) await stop(spec.name)
      return child
    },
    child(name) {
      const found = children.get(name)
      if (found !== undefined) return found.child
      throw new TillproofError('demo.no-part', `no part is called ${name}`, 'see run.json')
    },
    names: () => [...children.keys()],
    note,
    stop,
    async stopAll() {
      stopping = true
      const groups = [...new Set([...children.values()].map(({ group }) => group))].reverse()
      for (const group of groups) {
        const members = [...children].filter(([, each]) => each.group === group)
        await Promise.all(members.map(([name]) => stop(name)))
      }
      for (const pid of Object.values(run.children)) endEarly(pid)
      rmSync(folder.run, { force: true })
    },
  }
}

/** A part that was still starting when the stop came is not waited for. */
function endEarly(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch {
    // It has ended by itself.
  }
}
