import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface Mail {
  from: string;
  to: string[];
  /** Headers and text as they came over the wire. */
  raw: string;
}

/** A real mail server on loopback, which takes mail or refuses it as it is told. */
export class MailServer {
  readonly mails: Mail[] = [];
  /** An SMTP reply code to refuse a recipient with; undefined takes it. */
  refuse: (recipient: string) => number | undefined = () => undefined;
  /** How long it takes to answer that it has a mail. */
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

  /** The port stays its own, so that it can start again there. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => (this.server ? this.server.close(resolve) : resolve()));
    this.server = undefined;
  }
}
