import { describe, expect, it } from 'vitest';
import { MessageBox } from '../../workflows/engine/mailbox.js';

const message = (id: string, kind: string, subject?: string, content: unknown = id) => ({
  id,
  kind,
  content,
  ...(subject === undefined ? {} : { subject }),
});

describe('the mailbox', () => {
  it('keeps a message that came before anybody looked, and shows the oldest of its kind and subject', () => {
    const box = new MessageBox();
    box.put(message('1', 'delivered', 'b'));
    box.put(message('2', 'delivered', 'a'));
    box.put(message('3', 'delivered', 'a'));
    box.put(message('4', 'delivered'));
    expect(box.peek('delivered', 'a')?.id).toBe('2');
    expect(box.peek('delivered', 'a')?.id).toBe('2');
    expect(box.peek('delivered')?.id).toBe('4');
    expect(box.peek('lost', 'a')).toBeUndefined();
    expect(box.peek<string>('delivered', 'a', (m) => m.content !== '2')?.id).toBe('3');
  });

  it('gives a message away once, the oldest of the kinds first', () => {
    const box = new MessageBox();
    box.put(message('1', 'failed'));
    box.put(message('2', 'paid'));
    expect(box.take(['paid', 'failed'])?.id).toBe('1');
    expect(box.take(['paid', 'failed'])?.id).toBe('2');
    expect(box.take(['paid', 'failed'])).toBeUndefined();
  });

  it('takes an id once, also when the first is taken out already; another kind or subject is another message', () => {
    const box = new MessageBox();
    expect(box.put(message('1', 'paid'))).toBe(true);
    box.take(['paid']);
    expect(box.put(message('1', 'paid'))).toBe(false);
    expect(box.take(['paid'])).toBeUndefined();
    expect(box.put(message('1', 'paid', 'a'))).toBe(true);
    expect(box.put(message('1', 'failed'))).toBe(true);
  });
});
