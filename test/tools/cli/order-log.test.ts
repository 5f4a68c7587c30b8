import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CannotRun } from '../../../tools/cli/command.js';
import { readOrderLog, separatorOf, totalOf } from '../../../tools/cli/import/order-log.js';

const fixture = readFileSync(new URL('../../fixtures/real-orders-25.csv', import.meta.url), 'utf8');
const header = fixture.split('\n')[0]!;
const row =
  'o-1,c-1,delivered,2017-01-05 14:42:02,2017-01-07 03:44:08,2017-01-11 16:08:55,2017-01-16 18:15:00,2017-02-13 00:00:00';
const good = `${row},1,p-1,s-1,2,9.9,8.72,boleto`;

function problem(text: string): string {
  try {
    readOrderLog(text, 'log.csv');
  } catch (error) {
    if (error instanceof CannotRun) return error.message;
    throw error;
  }
  return 'nothing wrong';
}

describe('an order log', () => {
  it('is read into orders with their lines, cents and UTC times', () => {
    const [order] = readOrderLog(`${header}\n${good}\n${row},2,p-2,s-2,1,0.29,8.72,boleto\n`, 'log.csv');
    expect(order).toEqual({
      id: 'o-1',
      fileLine: 2,
      customer: 'c-1',
      status: 'delivered',
      purchasedAt: '2017-01-05T14:42:02.000Z',
      approvedAt: '2017-01-07T03:44:08.000Z',
      handedOverAt: '2017-01-11T16:08:55.000Z',
      deliveredAt: '2017-01-16T18:15:00.000Z',
      estimatedDeliveryAt: '2017-02-13T00:00:00.000Z',
      freight: 872,
      paymentType: 'boleto',
      lines: [
        { product: 'p-1', seller: 's-1', quantity: 2, unitPrice: 990 },
        { product: 'p-2', seller: 's-2', quantity: 1, unitPrice: 29 },
      ],
    });
    expect(totalOf(order!)).toBe(2 * 990 + 29 + 872);
  });

  it('of real orders adds up to the cent', () => {
    const orders = readOrderLog(fixture, 'real-orders-25.csv');
    expect(orders).toHaveLength(25);
    // This sums the decimal digits of the file, with a different arithmetic than the reader's.
    const seen = new Set<string>();
    let cents = 0n;
    const digits = (text: string): bigint => {
      const [whole, fraction = ''] = text.split('.');
      return BigInt(whole! + fraction.padEnd(2, '0'));
    };
    for (const line of fixture.trim().split('\n').slice(1)) {
      const cells = line.split(',');
      cents += BigInt(cells[11]!) * digits(cells[12]!);
      if (!seen.has(cells[0]!)) cents += digits(cells[13]!);
      seen.add(cells[0]!);
    }
    expect(orders.reduce((sum, order) => sum + totalOf(order), 0)).toBe(Number(cents));
  });

  it('may have carriage returns, a byte order mark, quotes, and separated rows of one order', () => {
    const other = good.replace('o-1', 'o-2');
    const text = `\uFEFF${header}\r\n${good}\r\n${other}\r\n${row},2,"p-2",s-2,1,0.29,8.72,boleto\r\n\r\n`;
    expect(readOrderLog(text, 'log.csv').map(({ id, lines }) => [id, lines.length])).toEqual([
      ['o-1', 2],
      ['o-2', 1],
    ]);
  });

  it.each([
    ['semicolons', ';'],
    ['tabs', '\t'],
    ['pipes', '|'],
  ])('may be separated by %s, with empty cells and quoted separators', (name, separator) => {
    const separated = (text: string): string => text.replaceAll(',', separator);
    const open = good.replace('2017-01-16 18:15:00', '');
    const text = `${header}\n${open}\n`;
    expect(readOrderLog(separated(text), 'log.csv')).toEqual(readOrderLog(text, 'log.csv'));
    expect(separatorOf(`\uFEFF\r\n${separated(text)}`).name).toBe(name);
    const quoted = separated(text).replace('p-1', `"p${separator}1"`);
    expect(problem(quoted)).toContain(`line 2: product_id is "p${separator}1"`);
  });

  it('names the separator it found when a column is missing', () => {
    const text = header.replace('seller_id,', '').replaceAll(',', ';');
    expect(problem(text)).toContain('log.csv, line 1: column seller_id is missing (the columns are separated by semi');
    expect(problem('a;b;c')).toContain('line 1: none of the columns is there');
    expect(problem('a;b;c')).toContain('separated by commas, semicolons, tabs or pipes');
  });

  it.each([
    ['an empty file', '', 'log.csv, line 1: the file is empty'],
    ['blank lines only', ' \n\n', 'log.csv, line 1: the file is empty'],
    ['a header alone', `${header}\n`, 'log.csv, line 1: the file has a header and no orders'],
    [
      'a missing column',
      `${header.replace('seller_id,', '')}\n${good.replace('s-1,', '')}`,
      'log.csv, line 1: column seller_id is missing',
    ],
    ['rows of another separator', `${header}\n${good.replaceAll(',', ';')}`, 'log.csv, line 2: not CSV as expected'],
    ['a column twice', `${header},status\n${good},shipped`, 'log.csv, line 1: column status is there twice'],
    ['a short row', `${header}\n${good}\no-2,c-2`, 'log.csv, line 3: not CSV as expected'],
    ['an open quote', `${header}\n${good}\n"o-2`, 'log.csv, line 3: not CSV as expected'],
    [
      'a broken price',
      `${header}\n${good.replace('9.9,', '9,9,').replace('9,9', '"9,9"')}`,
      'line 2: unit_price_brl is "9,9"; allowed: a decimal such as 12.50',
    ],
    ['a negative price', `${header}\n${good.replace(',9.9,', ',-9.9,')}`, 'line 2: unit_price_brl is "-9.9"'],
    ['a tenth of a cent', `${header}\n${good.replace(',9.9,', ',9.999,')}`, 'line 2: unit_price_brl is "9.999"'],
    ['a broken freight', `${header}\n${good.replace('8.72', 'free')}`, 'line 2: order_freight_brl is "free"'],
    [
      'no quantity',
      `${header}\n${good.replace('s-1,2,', 's-1,0,')}`,
      'line 2: quantity is "0"; allowed: a whole number, 1 to 10000',
    ],
    ['half a piece', `${header}\n${good.replace('s-1,2,', 's-1,1.5,')}`, 'line 2: quantity is "1.5"'],
    [
      'a bad time',
      `${header}\n${good.replace('2017-01-07 03:44:08', 'yesterday')}`,
      'line 2: payment_approved_at is "yesterday"; allowed: a time',
    ],
    [
      'a day that does not exist',
      `${header}\n${good.replace('2017-01-16', '2017-02-30')}`,
      'line 2: delivered_at is "2017-02-30 18:15:00"',
    ],
    ['no time of purchase', `${header}\n${good.replace('2017-01-05 14:42:02', '')}`, 'line 2: purchased_at is empty'],
    [
      'an unknown status',
      `${header}\n${good.replace('delivered', 'lost')}`,
      'line 2: status is "lost"; allowed: created, approved',
    ],
    [
      'an unknown payment',
      `${header}\n${good.replace('boleto', 'cash')}`,
      'line 2: payment_type is "cash"; allowed: credit_card',
    ],
    ['an id that cannot be one', `${header}\n${good.replace('p-1', 'p 1')}`, 'line 2: product_id is "p 1"'],
    [
      'rows of an order that disagree',
      `${header}\n${good}\n${good.replace('delivered', 'shipped').replace('boleto', 'voucher').replace(',1,p-1', ',2,p-2')}`,
      'line 3: status of order o-1 is "shipped", but "delivered" on line 2',
    ],
    [
      'a line twice',
      `${header}\n${good}\n${good.replace('p-1', 'p-2')}`,
      'line 3: line 1 of order o-1 is there twice (first on line 2)',
    ],
    [
      'a product twice',
      `${header}\n${good}\n${good.replace(',1,p-1', ',2,p-1')}`,
      'line 3: product p-1 is on two lines of order o-1',
    ],
    ['an order for nothing', `${header}\n${good.replace(',9.9,8.72', ',0,0')}`, 'line 2: the total of order o-1 is 0'],
  ])('with %s is refused with its line', (_what, text, message) => {
    expect(problem(text)).toContain(message);
  });
});
