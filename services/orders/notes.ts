import { sql } from 'kysely';
import type { Note } from '../../contracts/note.schema.js';
import type { Db } from '../support/database.js';

interface Row {
  id: string;
  at: string;
  by_name: string;
  text: string;
}

/** Adds a note to an order. The same id again changes nothing. @returns the note as it is stored. */
export async function addNote(db: Db, orderId: string, { id, by, text }: Omit<Note, 'at'>): Promise<Note> {
  await sql`
    insert into order_notes (id, order_id, by_name, text) values (${id}, ${orderId}, ${by}, ${text})
    on conflict (id) do nothing`.execute(db);
  const { rows } = await sql<Row>`select id, at, by_name, text from order_notes where id = ${id}`.execute(db);
  return toNote(rows[0]!);
}

/** The notes of an order, oldest first. */
export async function readNotes(db: Db, orderId: string): Promise<Note[]> {
  const { rows } = await sql<Row>`
    select id, at, by_name, text from order_notes where order_id = ${orderId} order by number limit 1000`.execute(db);
  return rows.map(toNote);
}

function toNote({ id, at, by_name: by, text }: Row): Note {
  return { id, at, by, text };
}
