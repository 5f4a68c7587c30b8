import { pino, type Logger } from 'pino';

/** How long a line may wait for others. Lines that are written together cost a fraction of lines that are written one by one. */
const gatherMs = 100;

/**
 * The log of a program, on standard output. Warnings and errors are written at once, with the lines before them. What still waits when the
 * program ends is written then, also after an uncaught error; only a program that is killed loses up to 100 ms.
 */
export function openLog(name: string, level: string): Logger {
  const out = pino.destination({ minLength: 8192 });
  let timer: NodeJS.Timeout | undefined;
  const write = () => {
    timer = undefined;
    out.flush();
  };
  return pino(
    {
      name,
      level,
      hooks: {
        logMethod(line, log, level) {
          log.apply(this, line);
          if (level >= pino.levels.values.warn!) out.flush();
          else timer ??= setTimeout(write, gatherMs);
        },
      },
    },
    out,
  );
}
