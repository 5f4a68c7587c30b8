import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareDisk, setDiskFull } from '../../tools/chaos/disk.js';
import { createDatabase, query, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await query(database.url, 'create table bookings (id integer primary key, status text)');
});
afterAll(() => database?.drop());

const write = (id: number) =>
  query(database.url, `insert into bookings values (${id}, 'booked') on conflict do nothing`);
const ids = async () => (await query(database.url, 'select id from bookings order by id')).map(({ id }) => id);

it('while the disk is full PostgreSQL refuses writes with disk_full, and reads go on', async () => {
  await prepareDisk(database.url);
  await write(1);
  await setDiskFull(database.url, true);
  await expect(write(2)).rejects.toMatchObject({ code: '53100' });
  await expect(query(database.url, "update bookings set status = 'lost'")).rejects.toMatchObject({ code: '53100' });
  expect(await ids()).toEqual([1]);
  await setDiskFull(database.url, false);
  await write(2);
  expect(await ids()).toEqual([1, 2]);
});

it('can be prepared again', async () => {
  await prepareDisk(database.url);
  await write(3);
  expect(await ids()).toEqual([1, 2, 3]);
});
