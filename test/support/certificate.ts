import { generateKeyPairSync, sign } from 'node:crypto';

/** A self-signed certificate for 127.0.0.1 and localhost, and its key, as PEM. It is its own authority. */
export interface Certificate {
  cert: string;
  key: string;
}

/** Node.js can read certificates but not make them, so this writes the few fields of X.509 that TLS needs. */
export function makeCertificate(name: string): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = sequence(set(sequence(oid(2, 5, 4, 3), utf8(name))));
  const year = 365 * 24 * 3_600_000;
  const body = sequence(
    explicit(0, integer(2)),
    integer(1),
    ecdsaWithSha256,
    subject,
    sequence(time(Date.now() - year), time(Date.now() + year)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(
      3,
      sequence(
        sequence(oid(2, 5, 29, 19), boolean(true), octets(sequence(boolean(true)))),
        sequence(oid(2, 5, 29, 17), octets(sequence(field(0x82, 'localhost'), field(0x87, [127, 0, 0, 1])))),
      ),
    ),
  );
  const signature = sign('sha256', body, privateKey);
  const der = sequence(body, ecdsaWithSha256, field(0x03, [0, ...signature]));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

// DER: a tag, the length, the content.
function field(tag: number, content: Uint8Array | number[] | string): Buffer {
  const bytes = Buffer.from(content as string);
  const { length } = bytes;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), bytes]);
}
const sequence = (...parts: Uint8Array[]) => field(0x30, Buffer.concat(parts));
const set = (...parts: Uint8Array[]) => field(0x31, Buffer.concat(parts));
const explicit = (number: number, content: Uint8Array) => field(0xa0 + number, content);
const integer = (value: number) => field(0x02, [value]);
const boolean = (value: boolean) => field(0x01, [value ? 0xff : 0]);
const octets = (content: Uint8Array) => field(0x04, content);
const utf8 = (text: string) => field(0x0c, text);
/** UTCTime: two digits of the year. */
const time = (at: number) => field(0x17, `${new Date(at).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`);
function oid(first: number, second: number, ...rest: number[]): Buffer {
  const bytes = rest.flatMap((part) => {
    const digits = [part & 0x7f];
    for (let more = part >> 7; more > 0; more >>= 7) digits.unshift(0x80 | (more & 0x7f));
    return digits;
  });
  return field(0x06, [first * 40 + second, ...bytes]);
}
const ecdsaWithSha256 = sequence(oid(1, 2, 840, 10045, 4, 3, 2));
