import { createTransport } from 'nodemailer';
import type { Letter } from './text.js';

export interface MailOptions {
  /** smtp(s)://user:password@host:port */
  smtpUrl: string;
  /** The sender, e.g. `Orderflow <orders@shop.example>`. */
  from: string;
}

export interface Mailer {
  /**
   * Resolves when the mail server has accepted the mail.
   *
   * @param id decides the Message-ID, so that mail programs recognise a mail that was sent twice.
   */
  send: (mail: Letter & { id: string; to: string }) => Promise<void>;
  close: () => void;
}

/** How long to wait for the mail server, in ms. */
const patience = { dnsTimeout: 5_000, connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 20_000 };

export function smtpMailer({ smtpUrl, from }: MailOptions): Mailer {
  const transport = createTransport(
    { url: smtpUrl, pool: true, maxConnections: 4, ...patience, disableFileAccess: true, disableUrlAccess: true },
    { from },
  );
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  return {
    send: async ({ id, to, subject, text }) => {
      await transport.sendMail({
        messageId: `<${id}@${domain}>`,
        to: { name: '', address: to },
        subject,
        text,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    },
    close: () => transport.close(),
  };
}

/**
 * Why sending failed, for logs: the kind of failure and the reply code of the server, but not its text, which may contain the address.
 * `isFinal`: the server rejected this mail or its recipient permanently (5xx). All other failures may pass.
 */
export function mailFailure(error: unknown): { reason: string; isFinal: boolean } {
  const { code = 'unknown', responseCode } = error as { code?: string; responseCode?: number };
  const isAboutMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  return {
    reason: responseCode === undefined ? code : `${code} ${responseCode}`,
    isFinal: isAboutMail && responseCode !== undefined && responseCode >= 500,
  };
}
