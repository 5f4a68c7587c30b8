import os from 'node:os';

/** Where and when something was measured. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  os: string;
  node: string;
  /** RFC 3339. */
  date: string;
}

export function thisMachine(): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.cpus().length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    os: `${os.type()} ${os.release()}, ${os.arch()}`,
    node: process.version,
    date: new Date().toISOString(),
  };
}

/** One line. */
export function describeMachine({ cpu, cores, memoryGiB, os: system, node, date }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB; ${system}; Node.js ${node}; ${date.slice(0, 10)}`;
}
