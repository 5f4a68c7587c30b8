/** Tells a person what takes time. */
export interface Progress {
  update: (detail: string) => void;
  /** Ends the display. */
  done: () => void;
}

/**
 * A line that renews itself on a terminal; elsewhere a line at the start and one each quarter of a minute.
 *
 * @param title what is being done and about how long that takes, for example `Building the Temporal server (once, about 3 minutes)`.
 */
export function showProgress(title: string, out: NodeJS.WriteStream = process.stderr): Progress {
  const started = Date.now();
  let detail = '';
  const line = () => {
    const seconds = Math.round((Date.now() - started) / 1000);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    return `${title}: ${clock}${detail ? ` ${detail}` : ''}`;
  };
  const draw = () => {
    if (out.isTTY) out.write(`\r\u001b[K${line().slice(0, out.columns - 1)}`);
    else out.write(`${line()}\n`);
  };
  draw();
  const timer = setInterval(draw, out.isTTY ? 250 : 15_000);
  timer.unref();
  return {
    update: (text) => {
      detail = text;
    },
    done: () => {
      clearInterval(timer);
      draw();
      if (out.isTTY) out.write('\n');
    },
  };
}
