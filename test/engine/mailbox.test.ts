import { describe, expect, it } from 'vitest';
import { defined } from '../../contracts/defined.js';
import { Mailbox } from '../../workflows/engine/mailbox.js';
import { messageType } from '../../workflows/engine/message.js';
import { text } from '../../workflows/engine/shape.js';

const delivered = messageType('delivered', text);
const lost = messageType('lost', text);
const paid = messageType('paid', text);
const failed = messageType('failed', text);
const message = (id: string, subject?: string) => ({ id, content: id, ...defined({ subject }) });

describe('the mailbox', () => {
  it('keeps a message that comes before anybody reads it, and shows the oldest of its kind and subject', () => {
    const box = new Mailbox();
    box.put(delivered, message('1', 'b'));
    box.put(delivered, message('2', 'a'));
    box.put(delivered, message('3', 'a'));
    box.put(delivered, message('4'));
    expect(box.peek(delivered, 'a')?.id).toBe('2');
    expect(box.peek(delivered, 'a')?.id).toBe('2');
    expect(box.peek(delivered)?.id).toBe('4');
    expect(box.peek(lost, 'a')).toBeUndefined();
  });

  it('hands out each message once, the oldest of the given kinds first', () => {
    const box = new Mailbox();
    box.put(failed, message('1'));
    box.put(paid, message('2'));
    expect(box.take(paid, failed)?.id).toBe('1');
    expect(box.take(paid, failed)?.id).toBe('2');
    expect(box.take(paid, failed)).toBeUndefined();
  });

  it('says of which kind the oldest message about any of the given subjects is', () => {
    const box = new Mailbox();
    box.put(delivered, message('1', 'b'));
    box.put(lost, message('2'));
    box.put(delivered, message('3', 'a'));
    expect(box.first([delivered, lost], ['a', undefined])).toBe('lost');
    expect(box.first([delivered, lost], ['a'])).toBe('delivered');
    expect(box.first([paid], ['a', undefined])).toBeUndefined();
  });

  it('accepts an id once, even after its message is taken out; another kind or subject is another message', () => {
    const box = new Mailbox();
    expect(box.put(paid, message('1'))).toBe(true);
    box.take(paid);
    expect(box.put(paid, message('1'))).toBe(false);
    expect(box.take(paid)).toBeUndefined();
    expect(box.put(paid, message('1', 'a'))).toBe(true);
    expect(box.put(failed, message('1'))).toBe(true);
  });
});
