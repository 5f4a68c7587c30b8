const barWidth = 40;

/**
 * A clock for something whose length is unknown: a line that renews itself on a terminal, else a line every 15 seconds.
 *
 * @param title what is being done and about how long that takes: `Building the Temporal server (once, about 3 minutes)`.
 * @param out where it is written; not standard output, which is for results.
 */
export function showElapsed(
  title: string,
  out: NodeJS.WriteStream = process.stderr,
): { update: (detail: string) => void; stop: () => void } {
  const started = Date.now();
  let detail = '';
  const stop = showLine(out, 15_000, () => {
    const seconds = Math.round((Date.now() - started) / 1000);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    return `${title}: ${clock}${detail ? ` ${detail}` : ''}`;
  });
  return { update: (text) => void (detail = text), stop };
}

/**
 * How many of a known number are done, the rate, and the time that is left: a bar on a terminal, else a line every five seconds.
 *
 * @param noun what is counted, in the plural.
 * @param out where it is written; not standard output, which is for results.
 */
export function showCount(
  noun: string,
  total: number,
  out: NodeJS.WriteStream = process.stderr,
): { countOne: () => void; stop: () => void } {
  const started = Date.now();
  let count = 0;
  const stop = showLine(out, 5_000, () => {
    const rate = count / Math.max((Date.now() - started) / 1000, 0.001);
    const left = count === 0 ? '?' : `${Math.ceil((total - count) / rate)} s`;
    const filled = Math.round((barWidth * count) / Math.max(total, 1));
    const bar = out.isTTY ? `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ` : '';
    return `${bar}${count}/${total} ${noun}, ${rate.toFixed(1)}/s, ${left} left`;
  });
  return { countOne: () => void (count += 1), stop };
}

/** Shows a text again and again until it is stopped. Then it is shown a last time, and other lines may follow it. */
function showLine(out: NodeJS.WriteStream, everyMs: number, text: () => string): () => void {
  const draw = (): void => {
    out.write(out.isTTY ? `\r\u001b[K${text().slice(0, out.columns - 1)}` : `${text()}\n`);
  };
  draw();
  const timer = setInterval(draw, out.isTTY ? 250 : everyMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    draw();
    if (out.isTTY) out.write('\n');
  };
}
