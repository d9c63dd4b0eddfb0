/** A certificate for `localhost` and its key, made by openssl. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  /** Path of the certificate, as PEM. */
  certFile: string
  /** Path of its private key, as PEM. */
  keyFile: string
  cert: string
  remove(): void
}

export function makeCertificate(): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  chmodSync(folder, 0o755) // a server may read it as another user
  const certFile = join(folder, 'cert.pem')
  const keyFile = join(folder, 'key.pem')
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile]
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  execFileSync('openssl', ['req', '-x509', '-days', '2', ...key, ...name, '-out', certFile], {
    stdio: 'ignore',
  })
  return {
    certFile,
    keyFile,
    cert: readFileSync(certFile, 'utf8'),
    remove: () => rmSync(folder, { recursive: true }),
  }
}
