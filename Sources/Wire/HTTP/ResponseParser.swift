/// Reads HTTP/1.1 responses (RFC 9112) from whatever pieces they arrive in, without keeping or copying any of them.
///
/// A state machine without I/O: give it bytes with ``step(_:_:from:)`` until it says that it needs more, is complete,
/// or that the bytes are no response. Lives in plain memory: no allocation, no reference counting, so that an engine
/// can keep one for each of thousands of connections.
///
///     var parser = ResponseParser()
///     parser.begin(isHead: false)
///     var offset = 0
///     while true {
///       switch parser.step(base, count, from: &offset) {
///       case .body(let piece): ...
///       case .complete: ...
///       case .needsMore, .malformed: ...
///       }
///     }
public struct ResponseParser: Sendable {
  public typealias Step = MessageStep

  enum State: UInt8 {
    case version, statusCode, reason, lineStart, name, valueStart, value, headEnd, folded, skippedValue, body
  }

  /// The longest head accepted, in bytes, of all interim responses together.
  public static let longestHead = MessageBody.longestHead

  /// The status code; 0 until it is read.
  public private(set) var status = 0
  /// Bytes of content so far.
  public var bodyBytes: Int { body.bytes }
  /// Interim responses (1xx) that came before the final one.
  public private(set) var interimResponses = 0
  /// Whether any byte of the response has been seen.
  public private(set) var hasBegun = false
  /// What the content is, as far as that matters for streams.
  public private(set) var media = StreamMedia.other
  /// Whether the head was longer than is read, which is why the response is malformed.
  public private(set) var isHeadTooLong = false

  var state = State.version
  private var body = MessageBody()
  var header = Header.other
  private var isHead = false
  private var isHTTP11 = false
  private var saysClose = false
  private var saysKeepAlive = false
  private var isChunked = false
  private var hasTransferEncoding = false
  private var sawCarriageReturn = false
  private var sawDigit = false
  private var isLengthOver = false
  private var contentLength = -1
  private var number = 0
  /// How far the line's fixed part has been matched: "HTTP/1." or digits of a status.
  private var matched = 0
  private var word = PackedWord()

  enum Header: UInt8 { case other, contentLength, transferEncoding, connection, contentType }

  public init() {}

  /// Makes ready for the next response.
  /// - Parameter isHead: whether the request was HEAD, whose responses have no content whatever they announce.
  public mutating func begin(isHead: Bool = false) {
    self = ResponseParser()
    self.isHead = isHead
  }

  /// Whether the connection may carry another request after this response.
  public var keepsAlive: Bool {
    isComplete && !saysClose && status != 101 && (isHTTP11 || saysKeepAlive) && !endsWithConnection
  }
  private var isComplete: Bool { state == .body && body.state == .complete }
  /// Whether only the end of the connection ends this response.
  public private(set) var endsWithConnection = false
  /// Whether the head of the final response has been read.
  public var hasHead: Bool { state == .body && body.state != .malformed }

  /// The connection has ended: `complete` where that is how the response ends, `needsMore` where it was cut off.
  public mutating func end() -> Step {
    guard state == .body else { return .needsMore }
    switch body.state {
    case .untilClose:
      body.complete()
      return .complete
    case .complete: return .complete
    case .malformed: return .malformed
    default: return .needsMore
    }
  }

  /// Reads on from `offset`, which moves past what was used.
  /// - Parameters:
  ///   - base: the first byte of the buffer.
  ///   - count: bytes in the buffer.
  public mutating func step(_ base: UnsafePointer<UInt8>, _ count: Int, from offset: inout Int) -> Step {
    // An interim response ends one head and begins the next.
    while state != .body, offset < count {
      let start = offset
      readHead(base, count, &offset)
      if !body.countHead(offset - start) {
        isHeadTooLong = true
        fail()
      }
    }
    return state == .body ? body.step(base, count, from: &offset) : .needsMore
  }

  // MARK: Head

  /// Reads on in the head, to its end or to the end of the bytes.
  private mutating func readHead(_ base: UnsafePointer<UInt8>, _ count: Int, _ offset: inout Int) {
    hasBegun = true
    while offset < count {
      let byte = base[offset]
      switch state {
      case .version where matched == 0 && count &- offset >= 8 && Self.isHTTP11(base + offset):
        isHTTP11 = true
        matched = 8
        offset &+= 8
        continue
      case .version:
        // "HTTP/1." and a digit; other versions are not spoken on a connection that asked for 1.1.
        guard matched < 8 else {
          guard byte == 0x20 else { return fail() }
          state = .statusCode
          matched = 0
          status = 0
          break
        }
        if matched == 7 {
          guard byte == 0x30 || byte == 0x31 else { return fail() }
          isHTTP11 = byte == 0x31
        } else {
          guard byte == Self.protocolName(matched) else { return fail() }
        }
        matched += 1
      case .statusCode:
        if matched < 3 {
          guard byte >= 0x30, byte <= 0x39 else { return fail() }
          status = status * 10 + Int(byte - 0x30)
          matched += 1
        } else {
          guard status >= 100, byte == 0x20 || byte == 0x0D || byte == 0x0A else { return fail() }
          sawCarriageReturn = false
          state = .reason
          if byte != 0x20 { continue }
        }
      case .reason, .skippedValue:
        guard skipLine(base, count, &offset) else { return }
        if isMalformed { return }
        state = .lineStart
        continue
      case .lineStart:
        if byte == 0x0D {
          state = .headEnd
        } else if byte == 0x0A {
          offset += 1
          return finishHead()
        } else if byte == 0x20 || byte == 0x09 {
          // A folded line continues a field that matters to nobody here; RFC 9112, 5.2 lets a client read it as space.
          state = .folded
        } else {
          word = PackedWord()
          state = .name
          _ = skipName(base, count, &offset)
          continue
        }
      case .folded:
        guard header == .other else { return fail() }
        sawCarriageReturn = false
        state = .skippedValue
        continue
      case .name:
        if byte == 0x3A {
          guard word.count > 0 else { return fail() }
          header = Self.header(word)
          sawCarriageReturn = false
          state = .valueStart
          if header == .other { state = .skippedValue } else { beginValue() }
        } else {
          guard Self.isToken(byte) else { return fail() }
          word.append(byte | (byte >= 0x41 && byte <= 0x5A ? 0x20 : 0))
        }
      case .valueStart:
        if byte != 0x20 && byte != 0x09 {
          state = .value
          continue
        }
      case .value:
        if sawCarriageReturn {
          guard byte == 0x0A else { return fail() }
          endOfValue()
        } else if byte == 0x0D {
          sawCarriageReturn = true
        } else if byte == 0x0A {
          endOfValue()
        } else {
          readValue(byte)
        }
        if isMalformed { return }
      case .headEnd:
        guard byte == 0x0A else { return fail() }
        offset += 1
        return finishHead()
      case .body: return
      }
      offset += 1
    }
  }

  private mutating func fail() {
    state = .body
    body.fail()
  }
  private var isMalformed: Bool { body.state == .malformed }

  /// Moves behind the line's end and says whether it was there. A carriage return elsewhere is malformed.
  private mutating func skipLine(_ base: UnsafePointer<UInt8>, _ count: Int, _ offset: inout Int) -> Bool {
    var place = offset
    while place < count {
      let byte = base[place]
      place &+= 1
      if byte > 0x0D, !sawCarriageReturn { continue }
      if byte == 0x0A {
        offset = place
        return true
      }
      if sawCarriageReturn || byte == 0 {
        offset = place
        fail()
        return true
      }
      sawCarriageReturn = byte == 0x0D
    }
    offset = count
    return false
  }

  /// Moves to the end of a field's name of which no byte has been read and that cannot be one of the known ones, by
  /// its first letter. Says whether it could.
  private mutating func skipName(_ base: UnsafePointer<UInt8>, _ count: Int, _ offset: inout Int) -> Bool {
    let first = base[offset] | 0x20
    guard first != 0x63, first != 0x74 else { return false }
    var place = offset
    while place < count, Self.isToken(base[place]) { place &+= 1 }
    guard place > offset else { return false }
    word = .unknown
    offset = place
    return true
  }

  private mutating func beginValue() {
    word = PackedWord()
    sawDigit = false
    isLengthOver = false
    matched = 0
    if header == .contentLength { number = 0 }
  }

  private mutating func readValue(_ byte: UInt8) {
    if header == .contentLength {
      switch byte {
      case 0x30...0x39 where !isLengthOver:
        sawDigit = true
        let (ten, over) = number.multipliedReportingOverflow(by: 10)
        let (sum, over2) = ten.addingReportingOverflow(Int(byte - 0x30))
        if over || over2 { return fail() }
        number = sum
      case 0x20, 0x09: isLengthOver = sawDigit
      case 0x2C where sawDigit:
        // "5, 5" is what proxies make of a repeated field: fine while all agree.
        takeLength()
        sawDigit = false
        isLengthOver = false
        number = 0
      default: fail()
      }
      return
    }
    switch byte {
    case 0x2C, 0x3B: endOfToken(listGoesOn: byte == 0x2C)
    case 0x20, 0x09: break
    case 0: fail()
    default: word.append(byte | (byte >= 0x41 && byte <= 0x5A ? 0x20 : 0))
    }
  }

  private mutating func takeLength() {
    guard sawDigit, contentLength < 0 || contentLength == number else { return fail() }
    contentLength = number
  }

  private mutating func endOfToken(listGoesOn: Bool) {
    // Behind a semicolon stand parameters, which change nothing here.
    if matched == 0 {
      switch header {
      case .transferEncoding:
        if word.count > 0 {
          hasTransferEncoding = true
          // Only a last coding "chunked" frames the message (RFC 9112, 6.1).
          isChunked = word == .chunked
        }
      case .connection:
        if word == .close { saysClose = true }
        if word == .keepAlive { saysKeepAlive = true }
      case .contentType:
        if word == .eventStream { media = .events } else if PackedWord.isLines(word) { media = .lines }
      default: break
      }
    }
    matched = listGoesOn ? 0 : 1
    word = PackedWord()
  }

  private mutating func endOfValue() {
    if header == .contentLength { takeLength() } else { endOfToken(listGoesOn: true) }
    if !isMalformed { state = .lineStart }
  }

  private mutating func finishHead() {
    if status < 200, status != 101 {
      let interim = interimResponses + 1
      let read = body
      begin(isHead: isHead)
      interimResponses = interim
      // Its bytes stay counted.
      body = read
      hasBegun = true
      return
    }
    if isHead || status == 204 || status == 304 || status == 101 {
      body.complete()
    } else if hasTransferEncoding {
      endsWithConnection = !isChunked
      if isChunked { body.beginChunks() } else { body.beginUntilClose() }
    } else if contentLength >= 0 {
      body.begin(length: contentLength)
    } else {
      body.beginUntilClose()
      endsWithConnection = true
    }
    state = .body
  }
}
