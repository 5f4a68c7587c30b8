import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Inject, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { note, noteText, type Note } from '../../../contracts/note.schema.js';
import { idFor } from '../../temporal/ids.js';
import { Caller, OperatorOnly, type Principal } from '../auth/principal.js';
import { unreachable, type OrderBook } from '../book/order-book.js';
import { BOOK } from '../dependencies.js';
import { Documented, IdParam, runProblems } from '../docs/documented.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { orderId } from '../orders/order-id.js';
import { OrderReader } from '../orders/order-reader.js';

const newNote = z.strictObject({ text: noteText }).meta({ id: 'NewNote' });
const noteAnswer = z.strictObject(note.shape).meta({ id: 'Note' });
const noteList = z.strictObject({ items: z.array(noteAnswer) }).meta({ id: 'Notes' });

/** What operators write down about an order, for each other. */
@Controller('v1/orders/:id/notes')
@OperatorOnly()
export class NotesController {
  constructor(
    @Inject(BOOK) private readonly book: OrderBook,
    @Inject(OrderReader) private readonly reader: OrderReader,
  ) {}

  @Post()
  @IdParam()
  @Documented({
    summary: 'Write a note about an order',
    description: 'For operators. A note never changes. 201 with the note, with the name of the key that wrote it.',
    idempotencyKey: 'optional',
    bodyExample: { text: 'The customer called: wait for the new card.' },
    answer: { schema: noteAnswer },
    statuses: [201],
    problems: ['forbidden', ...runProblems],
  })
  async add(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @IdempotencyKey('optional') key: string | undefined,
    @Body({ schema: newNote }) { text }: z.output<typeof newNote>,
  ): Promise<Note> {
    await this.reader.requireVisible(orderId(id), caller);
    const noteId = idFor('note', `${id} ${caller.shopId} ${caller.name}`, key ?? randomUUID());
    return this.ask(() =>
      this.book.desk.addNote({ params: { orderId: id }, body: { id: noteId, by: caller.name, text } }),
    );
  }

  @Get()
  @IdParam()
  @Documented({
    summary: 'Read the notes about an order, oldest first',
    answer: { schema: noteList },
    problems: ['forbidden', ...runProblems],
  })
  async list(@Caller() caller: Principal, @Param('id') id: string): Promise<{ items: Note[] }> {
    await this.reader.requireVisible(orderId(id), caller);
    return this.ask(() => this.book.desk.listNotes({ params: { orderId: id } }));
  }

  private async ask<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call();
    } catch (error) {
      throw unreachable(error);
    }
  }
}
