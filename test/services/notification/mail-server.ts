import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface Mail {
  from: string;
  to: string[];
  /** Headers and text exactly as they were received. */
  raw: string;
}

/** A real mail server on loopback. The test decides whether it accepts or rejects mail. */
export class MailServer {
  readonly mails: Mail[] = [];
  /** The SMTP reply code that rejects a recipient; undefined accepts it. */
  refuse: (recipient: string) => number | undefined = () => undefined;
  /** How long it takes to confirm a mail, in ms. */
  takesMs = 0;
  private server: SMTPServer | undefined;
  private port = 0;

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  async start(): Promise<this> {
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onRcptTo: ({ address }, _session, answer) => {
        const code = this.refuse(address);
        answer(code === undefined ? null : Object.assign(new Error(`no such user ${address}`), { responseCode: code }));
      },
      onData: (stream, session, answer) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          this.mails.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            raw: Buffer.concat(parts).toString('utf8'),
          });
          setTimeout(answer, this.takesMs);
        });
      },
    });
    const server = this.server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    return this;
  }

  /** Keeps its port, so that it can start there again. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => (this.server ? this.server.close(resolve) : resolve()));
    this.server = undefined;
  }
}
