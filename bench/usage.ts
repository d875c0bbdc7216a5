import { readFile } from 'node:fs/promises';

/** Ticks of /proc in a second: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** CPU seconds that a process has used; with `children`: that its children used too, those that ended and those that live. */
export async function cpuSecondsOf(pid: number, { children = false } = {}): Promise<number | null> {
  const [own, ended] = (await cpuOf(pid)) ?? [null, 0];
  if (own === null || !children) return own;
  const living = await read(`/proc/${pid}/task/${pid}/children`);
  const each = await Promise.all((living ?? '').split(' ').filter(Boolean).map(Number).map(cpuOf));
  return each.reduce((sum, cpu) => sum + (cpu?.[0] ?? 0), own + ended);
}

/** CPU seconds that the whole machine was busy since it runs. */
export async function busySeconds(): Promise<number | null> {
  const line = (await read('/proc/stat'))?.split('\n', 1)[0];
  if (line === undefined) return null;
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, soft = 0] = line.split(/ +/).slice(1).map(Number);
  return (user + nice + system + interrupts + soft) / ticksPerSecond;
}

/** What a process holds in memory, in MiB. */
export async function residentMiB(pid: number): Promise<number | null> {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec((await read(`/proc/${pid}/status`)) ?? '')?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / 1024;
}

/** The process that made a process. */
export async function parentOf(pid: number): Promise<number | null> {
  const parent = (await statOf(pid))?.[1];
  return parent === undefined ? null : Number(parent);
}

/** Of the process itself, and of its children that it has seen ending. */
async function cpuOf(pid: number): Promise<readonly [own: number, ended: number] | null> {
  const stat = await statOf(pid);
  if (!stat) return null;
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = stat.slice(11, 15).map(Number);
  return [(user + system) / ticksPerSecond, (endedUser + endedSystem) / ticksPerSecond];
}

/** The fields of /proc/{pid}/stat from the third on: the second is the name, which may hold anything. */
async function statOf(pid: number): Promise<readonly string[] | null> {
  const stat = await read(`/proc/${pid}/stat`);
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Null where the system has no such file: these figures are then left out. */
async function read(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return null;
  }
}
