/// Reads HTTP/1.1 requests (RFC 9112) from whatever pieces they arrive in, without keeping or copying any of them: the
/// other side of ``ResponseParser``, for whoever stands between a client and a service.
///
/// A state machine without I/O. It is strict where two readers could disagree about where a request ends, since
/// whoever copies requests must not copy half of one: both a length and a transfer coding, lengths that differ, folded
/// lines and codings that do not end with `chunked` are malformed.
public struct RequestParser: Sendable {
  public typealias Step = MessageStep

  enum State: UInt8 { case blank, method, target, version, lineStart, name, valueStart, value, lineEnd, headEnd, body }
  enum Header: UInt8 { case other, contentLength, transferEncoding, connection, upgrade }

  /// The longest head accepted, in bytes, trailers included.
  public static let longestHead = MessageBody.longestHead

  /// Whether any byte of the request has been seen; empty lines before it do not count (RFC 9112, 2.2).
  public private(set) var hasBegun = false
  /// Bytes of content so far.
  public var bodyBytes: Int { body.bytes }
  /// Whether the method is HEAD, whose responses have no content.
  public var isHead: Bool { method == Self.head }
  /// Whether the method asks for a tunnel.
  public var isConnect: Bool { method == Self.connect }
  /// Whether the method only reads (RFC 9110, 9.2.1): GET, HEAD, OPTIONS or TRACE.
  public var isSafe: Bool {
    method == Self.get || method == Self.head || method == Self.options || method == Self.trace
  }
  /// Whether the client asks to speak something else from here on.
  public private(set) var asksForUpgrade = false
  /// Whether the client wants the connection closed after the response.
  public private(set) var asksForClose = false
  /// Whether the head has been read.
  public var hasHead: Bool { state == .body && body.state != .malformed }

  private var state = State.blank
  private var body = MessageBody()
  private var header = Header.other
  private var method = PackedWord()
  private var word = PackedWord()
  private var matched = 0
  private var contentLength = -1
  private var number = 0
  private var sawDigit = false
  private var isNumberOver = false
  private var hasTransferEncoding = false
  private var isChunked = false
  private var isHTTP11 = false

  private static let get = PackedWord("GET")
  private static let head = PackedWord("HEAD")
  private static let options = PackedWord("OPTIONS")
  private static let trace = PackedWord("TRACE")
  private static let connect = PackedWord("CONNECT")
  private static let upgrade = PackedWord("upgrade")

  public init() {}

  /// Makes ready for the next request of the connection.
  public mutating func begin() { self = RequestParser() }

  /// Reads on from `offset`, which moves past what was used.
  /// - Parameters:
  ///   - base: the first byte of the buffer.
  ///   - count: bytes in the buffer.
  public mutating func step(_ base: UnsafePointer<UInt8>, _ count: Int, from offset: inout Int) -> Step {
    if state != .body { readHead(base, count, &offset) }
    return state == .body ? body.step(base, count, from: &offset) : .needsMore
  }

  private mutating func fail() {
    state = .body
    body.fail()
  }

  // MARK: Head

  private mutating func readHead(_ base: UnsafePointer<UInt8>, _ count: Int, _ offset: inout Int) {
    let start = offset
    while offset < count, state != .body {
      let byte = base[offset]
      offset += 1
      switch state {
      case .blank:
        if byte == 0x0D || byte == 0x0A { continue }
        guard ResponseParser.isToken(byte) else { return fail() }
        hasBegun = true
        method.append(byte)
        state = .method
      case .method:
        if byte == 0x20 {
          state = .target
          matched = 0
        } else {
          guard ResponseParser.isToken(byte), method.count < 24 else { return fail() }
          method.append(byte)
        }
      case .target:
        if byte == 0x20 {
          guard matched > 0 else { return fail() }
          state = .version
          matched = 0
        } else {
          guard byte > 0x20, byte != 0x7F else { return fail() }
          matched = 1
        }
      case .version:
        if matched < 7 {
          guard byte == ResponseParser.protocolName(matched) else { return fail() }
          matched += 1
        } else if matched == 7 {
          guard byte == 0x30 || byte == 0x31 else { return fail() }
          isHTTP11 = byte == 0x31
          asksForClose = !isHTTP11
          matched = 8
        } else if byte == 0x0A {
          state = .lineStart
        } else {
          guard byte == 0x0D, matched == 8 else { return fail() }
          matched = 9
        }
      case .lineStart:
        if byte == 0x0D {
          state = .headEnd
        } else if byte == 0x0A {
          finishHead()
        } else {
          guard ResponseParser.isToken(byte) else { return fail() }
          word = PackedWord()
          word.append(Self.lower(byte))
          state = .name
        }
      case .name:
        if byte == 0x3A {
          header = Self.header(word)
          state = .valueStart
          word = PackedWord()
          number = 0
          sawDigit = false
          isNumberOver = false
        } else {
          guard ResponseParser.isToken(byte) else { return fail() }
          word.append(Self.lower(byte))
        }
      case .valueStart, .value:
        if byte == 0x0D {
          state = .lineEnd
        } else if byte == 0x0A {
          endOfValue()
        } else {
          guard byte != 0 else { return fail() }
          state = .value
          if header == .other { skipValue(base, count, &offset) } else { readValue(byte) }
        }
      case .lineEnd:
        guard byte == 0x0A else { return fail() }
        endOfValue()
      case .headEnd:
        guard byte == 0x0A else { return fail() }
        finishHead()
      case .body: return
      }
    }
    if !body.countHead(offset - start) { fail() }
  }

  private static func lower(_ byte: UInt8) -> UInt8 { byte | (byte >= 0x41 && byte <= 0x5A ? 0x20 : 0) }

  private static func header(_ word: PackedWord) -> Header {
    switch word.count {
    case 14: word == .contentLength ? .contentLength : .other
    case 17: word == .transferEncoding ? .transferEncoding : .other
    case 10: word == .connection ? .connection : .other
    case 7: word == upgrade ? .upgrade : .other
    default: .other
    }
  }

  /// Moves to the line's end, or to a byte that may not stand in a value.
  private func skipValue(_ base: UnsafePointer<UInt8>, _ count: Int, _ offset: inout Int) {
    while offset < count, base[offset] > 0x0D { offset &+= 1 }
  }

  private mutating func readValue(_ byte: UInt8) {
    switch header {
    case .contentLength:
      switch byte {
      case 0x30...0x39 where !isNumberOver:
        sawDigit = true
        let (ten, over) = number.multipliedReportingOverflow(by: 10)
        let (sum, over2) = ten.addingReportingOverflow(Int(byte - 0x30))
        if over || over2 { return fail() }
        number = sum
      case 0x20, 0x09: isNumberOver = sawDigit
      default: fail()
      }
    case .transferEncoding, .connection:
      switch byte {
      case 0x2C: endOfToken()
      case 0x20, 0x09: break
      default: word.append(Self.lower(byte))
      }
    case .upgrade: asksForUpgrade = true
    case .other: break
    }
  }

  private mutating func endOfToken() {
    if word.count > 0 {
      if header == .transferEncoding {
        hasTransferEncoding = true
        isChunked = word == .chunked
      } else if word == .close {
        asksForClose = true
      } else if word == .keepAlive, !isHTTP11 {
        asksForClose = false
      }
    }
    word = PackedWord()
  }

  private mutating func endOfValue() {
    if header == .contentLength {
      guard sawDigit, contentLength < 0 || contentLength == number else { return fail() }
      contentLength = number
    } else if header != .other {
      endOfToken()
    }
    state = .lineStart
  }

  private mutating func finishHead() {
    if hasTransferEncoding {
      // A length beside a coding is how requests are smuggled past proxies (RFC 9112, 6.1); a request whose last
      // coding is not "chunked" has no end that could be told (6.3).
      guard isChunked, contentLength < 0 else { return fail() }
      body.beginChunks()
    } else {
      body.begin(length: max(0, contentLength))
    }
    state = .body
  }
}
