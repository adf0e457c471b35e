import type {Randomness} from '../ports.ts'

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** The ASCII characters that mean nothing to a URI, a shell, YAML or a connection string. */
const UNRESERVED = `${ALPHANUMERIC}-._~`

const ALPHABETS = {ASCII: UNRESERVED, AlphaNumeric: ALPHANUMERIC} as const
export type PasswordType = keyof typeof ALPHABETS

const LENGTH = 24

/** A random password of 24 characters (about 143 bits). Every character is equally likely. */
export function generatePassword(random: Randomness, type: PasswordType = 'ASCII', length = LENGTH): string {
  const alphabet = ALPHABETS[type]
  const fair = 256 - (256 % alphabet.length)
  let password = ''
  while (password.length < length) {
    for (const byte of random.bytes(length)) {
      if (byte < fair && password.length < length) password += alphabet[byte % alphabet.length]
    }
  }
  return password
}
