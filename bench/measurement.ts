import type { Options } from './options.js';
import type { Table } from './report/table.js';
import type { Session } from './session.js';

/** Measures something. It starts what it needs in the session, which stops it afterwards. */
export type Measurement<Figures = unknown> = (session: Session, options: Options) => Promise<Measured<Figures>>;

interface Measured<Figures = unknown> {
  /** All that was measured, for the JSON file. */
  figures: Figures;
  /** The same for people. */
  tables: Table[];
}
