import {isIP, isIPv4, isIPv6} from 'node:net'

const dateTime = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/
const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i

function isCidr(value: string): boolean {
  const [address = '', bits = '', ...rest] = value.split('/')
  const most = isIPv4(address) ? 32 : 128
  return rest.length === 0 && isIP(address) !== 0 && /^\d+$/.test(bits) && Number(bits) <= most
}

/** The formats that the API server checks; it ignores all others. */
const checks: Record<string, (value: string) => boolean> = {
  'date-time': value => dateTime.test(value) && !Number.isNaN(Date.parse(value)),
  date: value => /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)),
  duration: value => /^([+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d|w))+$/.test(value) || value === '0',
  byte: value => /^[A-Za-z0-9+/]*={0,2}$/.test(value) && value.length % 4 === 0,
  email: value => /^[^\s@]+@[^\s@]+$/.test(value),
  hostname: value => /^(?=.{1,255}$)[A-Za-z0-9]([A-Za-z0-9-.]*[A-Za-z0-9])?$/.test(value),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  mac: value => /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(value),
  uri: value => URL.canParse(value),
  uuid: value => uuid.test(value),
  uuid3: value => uuid.test(value),
  uuid4: value => uuid.test(value),
  uuid5: value => uuid.test(value),
}

export const matchesFormat = (format: string, value: string): boolean => checks[format]?.(value) ?? true
