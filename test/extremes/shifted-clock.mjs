// Preloaded into a program, shifts its clock: at SIGUSR2, by the milliseconds in the file that CLOCK_SHIFT_FILE names.
import { readFileSync } from 'node:fs';

const RealDate = Date;
let shift = 0;
const now = () => RealDate.now() + shift;

globalThis.Date = new Proxy(RealDate, {
  construct: (date, given, made) => Reflect.construct(date, given.length === 0 ? [now()] : given, made),
  apply: () => new RealDate(now()).toString(),
  get: (date, name) => (name === 'now' ? now : Reflect.get(date, name)),
});

process.on('SIGUSR2', () => {
  shift = Number(readFileSync(process.env.CLOCK_SHIFT_FILE, 'utf8'));
  process.stdout.write(`the clock shows ${new Date().toISOString()}, shifted by ${shift} ms\n`);
});
