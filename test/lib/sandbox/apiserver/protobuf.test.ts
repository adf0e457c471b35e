import {describe, expect, it} from 'vitest'
import {decodeProtobuf} from '../../../../src/lib/sandbox/apiserver/protobuf/decode.ts'

/** A field of a message: its number, then a number, a text or a message's fields. */
type Field = [number, number | string | Uint8Array | Field[]]

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 0x80))]

function encode(fields: Field[]): Uint8Array {
  const bytes = fields.flatMap(([number, value]) => {
    if (typeof value === 'number') return [...varint(number << 3), ...varint(value)]
    const inside = Array.isArray(value) ? encode(value) : Buffer.from(value)
    return [...varint((number << 3) | 2), ...varint(inside.length), ...inside]
  })
  return Uint8Array.from(bytes)
}

const request = (apiVersion: string, kind: string, object: Field[]): Uint8Array => {
  const envelope: Field[] = [
    [
      1,
      [
        [1, apiVersion],
        [2, kind],
      ],
    ],
    [2, encode(object)],
    [3, ''],
  ]
  return Buffer.concat([Buffer.from('k8s\0'), encode(envelope)])
}

describe('a protobuf request', () => {
  it('is the object that JSON would be', () => {
    const bytes = request('v1', 'ConfigMap', [
      [
        1,
        [
          [1, 'a'],
          [8, []],
          [
            11,
            [
              [1, 'app'],
              [2, 'x'],
            ],
          ],
        ],
      ],
      [
        2,
        [
          [1, 'k'],
          [2, 'v'],
        ],
      ],
      [
        2,
        [
          [1, 'l'],
          [2, 'w'],
        ],
      ],
      [
        3,
        [
          [1, 'b'],
          [2, Buffer.from([1, 2])],
        ],
      ],
      [4, 1],
    ])
    expect(decodeProtobuf(bytes)).toEqual({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: {name: 'a', labels: {app: 'x'}},
      data: {k: 'v', l: 'w'},
      binaryData: {b: 'AQI='},
      immutable: true,
    })
  })

  it('knows what stands for one value: times, quantities, numbers or names, parts without a name', () => {
    const container: Field[] = [
      [1, 'main'],
      [
        8,
        [
          [
            1,
            [
              [1, 'cpu'],
              [2, [[1, '100m']]],
            ],
          ],
        ],
      ],
      [
        10,
        [
          [
            1,
            [
              [
                2,
                [
                  [
                    2,
                    [
                      [1, 1],
                      [3, 'http'],
                    ],
                  ],
                ],
              ],
            ],
          ],
        ],
      ],
    ]
    const bytes = request('v1', 'Pod', [
      [1, [[8, [[1, 1_767_225_600]]]]],
      [
        2,
        [
          [2, container],
          [
            1,
            [
              [1, 'v'],
              [2, [[2, []]]],
            ],
          ],
        ],
      ],
    ])
    expect(decodeProtobuf(bytes)).toMatchObject({
      metadata: {creationTimestamp: '2026-01-01T00:00:00Z'},
      spec: {
        containers: [
          {name: 'main', resources: {limits: {cpu: '100m'}}, livenessProbe: {httpGet: {port: 'http'}}},
        ],
        volumes: [{name: 'v', emptyDir: {}}],
      },
    })
  })

  it('of a kind that is not known is refused as a media type', () => {
    expect(() => decodeProtobuf(request('example.com/v1', 'Widget', []))).toThrow('not understood')
  })

  it('that is cut off is refused', () => {
    const bytes = request('v1', 'ConfigMap', [[1, [[1, 'a']]]])
    expect(() => decodeProtobuf(bytes.subarray(0, bytes.length - 6))).toThrow('cut off')
    expect(() => decodeProtobuf(Buffer.from('{}'))).toThrow('prefix is missing')
  })
})
