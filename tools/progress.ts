const barWidth = 40;

/**
 * Shows a clock for a job of unknown length. On a terminal the line updates in place; elsewhere a new line appears every 15 seconds.
 *
 * @param title the job and about how long it takes: `Building the Temporal server (once, about 3 minutes)`.
 * @param out the stream to write to. Not standard output, which is for results.
 */
export function showElapsed(
  title: string,
  out: NodeJS.WriteStream = process.stderr,
): { update: (detail: string) => void; stop: () => void } {
  const started = Date.now();
  let detail = '';
  const { stop } = showLine(out, 15_000, () => {
    const seconds = Math.round((Date.now() - started) / 1000);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    return `${title}: ${clock}${detail ? ` ${detail}` : ''}`;
  });
  return { update: (text) => void (detail = text), stop };
}

/**
 * Shows how many items of a known total are done, the rate, and the time left. On a terminal this is a bar; elsewhere a new line appears
 * every 5 seconds.
 *
 * @param noun the name of the items, in the plural.
 * @param out the stream to write to. Not standard output, which is for results.
 */
export function showCount(
  noun: string,
  total: number,
  out: NodeJS.WriteStream = process.stderr,
): { countOne: () => void; clear: () => void; stop: () => void } {
  const started = Date.now();
  let count = 0;
  const line = showLine(out, 5_000, () => {
    const rate = count / Math.max((Date.now() - started) / 1000, 0.001);
    const left = count === 0 ? '?' : `${Math.ceil((total - count) / rate)} s`;
    const filled = Math.round((barWidth * count) / Math.max(total, 1));
    const bar = out.isTTY ? `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ` : '';
    return `${bar}${count}/${total} ${noun}, ${rate.toFixed(1)}/s, ${left} left`;
  });
  return { countOne: () => void (count += 1), ...line };
}

/**
 * Shows a text repeatedly until it is stopped. The text is then shown one last time, and other lines can follow it.
 *
 * @returns also `clear`, which removes the text from a terminal, so that another line can be written in its place.
 */
function showLine(
  out: NodeJS.WriteStream,
  everyMs: number,
  text: () => string,
): { clear: () => void; stop: () => void } {
  const draw = (): void => {
    out.write(out.isTTY ? `\r\u001b[K${text().slice(0, (out.columns || 80) - 1)}` : `${text()}\n`);
  };
  draw();
  const timer = setInterval(draw, out.isTTY ? 250 : everyMs);
  timer.unref();
  return {
    clear: () => void (out.isTTY && out.write('\r\u001b[K')),
    stop: () => {
      clearInterval(timer);
      draw();
      if (out.isTTY) out.write('\n');
    },
  };
}
