import { SingleBar } from 'cli-progress';

export interface Progress {
  done: () => void;
  /** Ends the display; after it lines may be printed again. */
  stop: () => void;
}

const lineEveryMs = 5000;

/**
 * How far a longer task is, its rate and the time it still takes: a bar on a terminal, else a line every five seconds.
 *
 * @param noun what is counted, in the plural.
 * @param out written to; not standard output, which is for results.
 */
export function showProgress(noun: string, total: number, out: NodeJS.WriteStream = process.stderr): Progress {
  const start = Date.now();
  let count = 0;
  const rate = (): number => count / Math.max((Date.now() - start) / 1000, 0.001);
  const left = (): string => (count === 0 ? '?' : `${Math.ceil((total - count) / rate())} s`);
  if (out.isTTY) {
    const bar = new SingleBar({
      format: `{bar} {value}/{total} ${noun}  {rate}/s  {left} left`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      hideCursor: true,
      stream: out,
    });
    bar.start(total, 0, { rate: '0.0', left: '?' });
    return {
      done: () => {
        count += 1;
        bar.update(count, { rate: rate().toFixed(1), left: left() });
      },
      stop: () => bar.stop(),
    };
  }
  const line = (): void => {
    out.write(`${count}/${total} ${noun}, ${rate().toFixed(1)}/s, ${left()} left\n`);
  };
  const ticker = setInterval(line, lineEveryMs);
  return {
    done: () => void (count += 1),
    stop: () => {
      clearInterval(ticker);
      line();
    },
  };
}
