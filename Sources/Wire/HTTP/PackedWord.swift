/// A word of at most 24 bytes in three registers, so that header names compare without memory.
struct PackedWord: Equatable, Sendable {
  private var a: UInt64 = 0
  private var b: UInt64 = 0
  private var c: UInt64 = 0
  private(set) var count = 0

  init() {}
  init(_ text: StaticString) {
    for i in 0..<text.utf8CodeUnitCount { append(text.utf8Start[i]) }
  }

  /// Bytes behind the 24th are counted and not kept: such a word equals none of the known ones.
  mutating func append(_ byte: UInt8) {
    if count < 8 {
      a = a << 8 | UInt64(byte)
    } else if count < 16 {
      b = b << 8 | UInt64(byte)
    } else if count < 24 {
      c = c << 8 | UInt64(byte)
    }
    count &+= 1
  }

  /// A word that equals none of the known ones, however it goes on.
  static var unknown: PackedWord {
    var word = PackedWord()
    word.count = 25
    return word
  }

  static let chunked = PackedWord("chunked")
  static let close = PackedWord("close")
  static let keepAlive = PackedWord("keep-alive")
  static let eventStream = PackedWord("text/event-stream")
  /// JSON documents a line, by the names that are in use.
  private static let ndjson = PackedWord("application/x-ndjson")
  private static let plainNDJSON = PackedWord("application/ndjson")
  private static let jsonLines = PackedWord("application/jsonl")
  private static let streamedJSON = PackedWord("application/stream+json")
  static func isLines(_ word: PackedWord) -> Bool {
    word == ndjson || word == plainNDJSON || word == jsonLines || word == streamedJSON
  }
  static let contentLength = PackedWord("content-length")
  static let transferEncoding = PackedWord("transfer-encoding")
  static let connection = PackedWord("connection")
  static let contentType = PackedWord("content-type")
}

/// How a response's content is framed, where it is a stream.
public enum StreamMedia: UInt8, Sendable {
  case other
  /// Server-Sent Events.
  case events
  /// A JSON document a line.
  case lines
}

extension ResponseParser {
  static func header(_ word: PackedWord) -> Header {
    // The lengths tell most fields apart at once.
    switch word.count {
    case 14: word == .contentLength ? .contentLength : .other
    case 17: word == .transferEncoding ? .transferEncoding : .other
    case 10: word == .connection ? .connection : .other
    case 12: word == .contentType ? .contentType : .other
    default: .other
    }
  }

  /// Whether eight bytes are "HTTP/1.1".
  @inline(__always) static func isHTTP11(_ bytes: UnsafePointer<UInt8>) -> Bool {
    UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self) == UInt64(littleEndian: 0x312E_312F_5054_5448)
  }

  /// The byte of "HTTP/1." at a place.
  static func protocolName(_ index: Int) -> UInt8 {
    let name: StaticString = "HTTP/1."
    return name.utf8Start[index]
  }

  /// The value of a hexadecimal digit, or nil.
  static func hexDigit(_ byte: UInt8) -> Int? {
    switch byte {
    case 0x30...0x39: Int(byte) - 0x30
    case 0x41...0x46: Int(byte) - 0x41 + 10
    case 0x61...0x66: Int(byte) - 0x61 + 10
    default: nil
    }
  }

  /// Whether a byte may stand in a field name (`tchar` of RFC 9110, 5.6.2).
  static func isToken(_ byte: UInt8) -> Bool {
    // Bits of 33...96 and 97...126; the rest never may.
    let low: UInt64 = 0x03FF_6CFA_0000_0000
    let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
    if byte < 64 { return low >> UInt64(byte) & 1 == 1 }
    if byte < 128 { return high >> UInt64(byte - 64) & 1 == 1 }
    return false
  }
}
