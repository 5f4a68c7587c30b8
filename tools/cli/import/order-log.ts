import { parse } from 'csv-parse/sync';
import { largestAmount } from '../../../contracts/money.js';
import type { Money } from '../../../contracts/order.js';
import { CannotRun } from '../command.js';

/** The last status of an order in a shop's log. */
const recordedStatuses = [
  'created',
  'approved',
  'invoiced',
  'processing',
  'shipped',
  'delivered',
  'unavailable',
  'canceled',
] as const;
export type RecordedStatus = (typeof recordedStatuses)[number];

const paymentTypes = ['credit_card', 'debit_card', 'boleto', 'voucher'] as const;
type PaymentType = (typeof paymentTypes)[number];

interface RecordedLine {
  product: string;
  seller: string;
  quantity: number;
  unitPrice: Money;
}

/** One order as the shop recorded it. Amounts in cents; times in RFC 3339, UTC, with milliseconds. */
export interface RecordedOrder {
  id: string;
  /** The line where it begins in the file. */
  fileLine: number;
  customer: string;
  status: RecordedStatus;
  purchasedAt: string;
  approvedAt?: string;
  handedOverAt?: string;
  deliveredAt?: string;
  estimatedDeliveryAt?: string;
  freight: Money;
  paymentType: PaymentType;
  lines: RecordedLine[];
}

const columns = [
  'order_id',
  'customer_id',
  'status',
  'purchased_at',
  'payment_approved_at',
  'handed_to_carrier_at',
  'delivered_at',
  'estimated_delivery_at',
  'line',
  'product_id',
  'seller_id',
  'quantity',
  'unit_price_brl',
  'order_freight_brl',
  'payment_type',
] as const;
type Column = (typeof columns)[number];
type Row = Record<Column, string>;

/** Columns about the whole order. Every row of the order repeats them. */
const orderColumns: readonly Column[] = [
  'customer_id',
  'status',
  'purchased_at',
  'payment_approved_at',
  'handed_to_carrier_at',
  'delivered_at',
  'estimated_delivery_at',
  'order_freight_brl',
  'payment_type',
];

/**
 * Reads a whole order log (CSV, one row an order line) and checks all of it.
 *
 * @param text the file's text.
 * @param file its name, for messages.
 * @returns its orders, in the order of their first rows.
 * @throws {CannotRun} for the first error. The message names the file, the line and what is allowed.
 */
export function readOrderLog(text: string, file: string): RecordedOrder[] {
  const orders = new Map<string, { order: RecordedOrder; first: Row; lines: Map<string, number> }>();
  let last = 1;
  for (const { row, line } of rowsOf(text, file)) {
    last = line;
    const read = reader(row, `${file}, line ${line}`);
    const id = read.id('order_id');
    const number = read.quantity('line');
    const known = orders.get(id);
    const entry = known ?? { order: readOrder(read, id, line), first: row, lines: new Map<string, number>() };
    if (known) {
      for (const column of orderColumns) {
        if (row[column] === known.first[column]) continue;
        read.fail(
          `${column} of order ${id} is "${row[column]}", but "${known.first[column]}" on line ${known.order.fileLine}; ` +
            'all rows of an order must agree',
        );
      }
    } else {
      orders.set(id, entry);
    }
    const same = entry.lines.get(String(number));
    if (same !== undefined) read.fail(`line ${number} of order ${id} is there twice (first on line ${same})`);
    entry.lines.set(String(number), line);
    addLine(entry.order, read);
  }
  if (orders.size === 0) throw new CannotRun(`${file}, line ${last}: the file has a header and no orders`);
  return [...orders.values()].map(({ order }) => order);
}

interface NumberedRow {
  row: Row;
  line: number;
}

const separators = [
  { character: ',', name: 'commas' },
  { character: ';', name: 'semicolons' },
  { character: '\t', name: 'tabs' },
  { character: '|', name: 'pipes' },
] as const;

/** The character that separates the columns: the one that finds the most known names in the first line. */
export function separatorOf(text: string): (typeof separators)[number] {
  const [header = ''] = text.trim().split(/\r?\n/, 1);
  const known = ({ character }: { character: string }): number =>
    header.split(character).filter((name) => columns.some((column) => column === name.trim().replaceAll('"', '')))
      .length;
  return separators.reduce((best, each) => (known(each) > known(best) ? each : best));
}

function rowsOf(text: string, file: string): NumberedRow[] {
  if (text.trim() === '') {
    throw new CannotRun(`${file}, line 1: the file is empty; expected a header: ${columns.join(',')}`);
  }
  const { character: delimiter, name } = separatorOf(text);
  const checkHeader = (header: string[]): string[] => {
    const missing = columns.filter((column) => !header.includes(column));
    if (missing.length === columns.length) {
      throw new CannotRun(
        `${file}, line 1: none of the columns is there, separated by commas, semicolons, tabs or pipes; ` +
          `needed are: ${columns.join(',')}`,
      );
    }
    if (missing.length) {
      throw new CannotRun(
        `${file}, line 1: column ${missing.join(', ')} is missing (the columns are separated by ${name}); ` +
          `needed are: ${columns.join(',')}`,
      );
    }
    const twice = header.find((name, index) => header.indexOf(name) !== index);
    if (twice !== undefined) throw new CannotRun(`${file}, line 1: column ${twice} is there twice`);
    return header;
  };
  let records: unknown;
  try {
    records = parse(text, {
      columns: checkHeader,
      delimiter,
      bom: true,
      skip_empty_lines: true,
      trim: true,
      info: true,
    });
  } catch (error) {
    if (error instanceof CannotRun) throw error;
    const { lines, message } = error as Error & { lines?: number };
    throw new CannotRun(`${file}, line ${lines ?? 1}: not CSV as expected: ${message}`);
  }
  return (records as { record: Row; info: { lines: number } }[]).map(({ record, info }) => ({
    row: record,
    line: info.lines,
  }));
}

function readOrder(read: Reader, id: string, line: number): RecordedOrder {
  const order: RecordedOrder = {
    id,
    fileLine: line,
    customer: read.id('customer_id'),
    status: read.oneOf('status', recordedStatuses),
    purchasedAt: read.time('purchased_at') ?? read.fail('purchased_at is empty; every order has a time of purchase'),
    freight: read.cents('order_freight_brl'),
    paymentType: read.oneOf('payment_type', paymentTypes),
    lines: [],
  };
  const times = {
    approvedAt: read.time('payment_approved_at'),
    handedOverAt: read.time('handed_to_carrier_at'),
    deliveredAt: read.time('delivered_at'),
    estimatedDeliveryAt: read.time('estimated_delivery_at'),
  };
  for (const [name, value] of Object.entries(times)) if (value !== undefined) Object.assign(order, { [name]: value });
  return order;
}

function addLine(order: RecordedOrder, read: Reader): void {
  const line: RecordedLine = {
    product: read.id('product_id'),
    seller: read.id('seller_id'),
    quantity: read.quantity('quantity'),
    unitPrice: read.cents('unit_price_brl'),
  };
  if (order.lines.some(({ product }) => product === line.product)) {
    read.fail(`product ${line.product} is on two lines of order ${order.id}; give it one line with the whole quantity`);
  }
  order.lines.push(line);
  const total = totalOf(order);
  if (total > largestAmount) read.fail(`the total of order ${order.id} is ${total} cents; at most ${largestAmount}`);
  if (total < 1) read.fail(`the total of order ${order.id} is 0; it must be at least 0.01`);
}

/** Sum of quantity x unit price, and the freight, in cents. */
export function totalOf(order: Pick<RecordedOrder, 'lines' | 'freight'>): Money {
  return order.lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, order.freight);
}

type Reader = ReturnType<typeof reader>;

/** Reads typed values from a row. Errors name the place. */
function reader(row: Row, place: string) {
  const fail = (problem: string): never => {
    throw new CannotRun(`${place}: ${problem}`);
  };
  const wrong = (column: Column, allowed: string): never => fail(`${column} is "${row[column]}"; allowed: ${allowed}`);
  return {
    fail,
    id: (column: Column): string =>
      /^[A-Za-z0-9._-]{1,64}$/.test(row[column]) ? row[column] : wrong(column, '1 to 64 of A-Z a-z 0-9 . _ -'),
    oneOf: <T extends string>(column: Column, allowed: readonly T[]): T =>
      allowed.find((each) => each === row[column]) ?? wrong(column, allowed.join(', ')),
    quantity: (column: Column): number => {
      const value = /^\d{1,5}$/.test(row[column]) ? Number(row[column]) : 0;
      return value >= 1 && value <= 10_000 ? value : wrong(column, 'a whole number, 1 to 10000');
    },
    /** Converts decimal text to cents by its digits, because 0.29 * 100 is not 29 in binary. */
    cents: (column: Column): Money => {
      const match = /^(\d{1,10})(?:\.(\d{1,2}))?$/.exec(row[column]);
      if (!match) return wrong(column, 'a decimal such as 12.50');
      return Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
    },
    time: (column: Column): string | undefined => {
      if (row[column] === '') return undefined;
      return toUtc(row[column]) ?? wrong(column, 'a time such as 2017-11-24 13:05:00, or empty');
    },
  };
}

/** Times without an offset are taken as UTC. */
function toUtc(text: string): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,3})?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  if (!match) return undefined;
  const [, date, clock, fraction = '', zone = 'Z'] = match;
  const instant = new Date(`${date}T${clock}${fraction}${zone}`);
  // Date reads 2017-02-30 as March 2. So a day must come back unchanged to exist.
  const day = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(instant.getTime()) || Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== date) {
    return undefined;
  }
  return instant.toISOString();
}
