/// What came of the bytes given to a parser of HTTP/1.1 messages.
public enum MessageStep: Equatable, Sendable {
  /// All bytes are used up and the message goes on.
  case needsMore
  /// These bytes of the buffer are content; ask again.
  case body(start: Int, count: Int)
  /// The message ends here; bytes behind `offset` belong to something else.
  case complete
  /// This is no such message.
  case malformed
}

/// Reads what stands behind the head of an HTTP/1.1 message (RFC 9112, 6 and 7): content of a length, in chunks, or to
/// the end of the connection. ``RequestParser`` and ``ResponseParser`` read their heads and leave the rest to it.
struct MessageBody: Sendable {
  enum State: UInt8 {
    case length, untilClose, chunkSize, chunkExtension, chunkSizeEnd, chunk, chunkEnd
    case trailerStart, trailer, trailerEnd, complete, malformed
  }

  /// The longest head accepted, in bytes, trailers included; an extension of a chunk may be as long.
  static let longestHead = 65_536

  private(set) var state = State.complete
  /// Bytes of content so far.
  private(set) var bytes = 0
  /// Bytes of head and trailers so far.
  private(set) var headBytes = 0
  /// Bytes left of the content or of the chunk.
  private var remaining = 0
  /// Digits of the chunk's size, bytes of its extension, or whether the carriage return behind it was seen.
  private var matched = 0

  /// Counts bytes of the head.
  /// - Returns: false where they are more than are read.
  mutating func countHead(_ count: Int) -> Bool {
    headBytes += count
    return headBytes <= Self.longestHead
  }

  /// The head announces so many bytes of content.
  mutating func begin(length: Int) {
    remaining = length
    state = length == 0 ? .complete : .length
  }
  mutating func beginChunks() {
    remaining = 0
    matched = 0
    state = .chunkSize
  }
  mutating func beginUntilClose() { state = .untilClose }
  mutating func complete() { state = .complete }
  mutating func fail() { state = .malformed }

  /// Reads on from `offset`, which moves past what was used.
  mutating func step(_ base: UnsafePointer<UInt8>, _ count: Int, from offset: inout Int) -> MessageStep {
    while offset < count {
      switch state {
      case .length, .chunk:
        let piece = min(remaining, count - offset)
        let start = offset
        offset += piece
        remaining -= piece
        bytes &+= piece
        if remaining == 0 { state = state == .length ? .complete : .chunkEnd }
        return .body(start: start, count: piece)
      case .untilClose:
        let start = offset
        offset = count
        bytes &+= count - start
        return .body(start: start, count: count - start)
      case .complete: return .complete
      case .malformed: return .malformed
      default: readFraming(base, count, &offset)
      }
    }
    switch state {
    case .complete: return .complete
    case .malformed: return .malformed
    default: return .needsMore
    }
  }

  /// Reads on between the pieces of content, to the next one, to the message's end or to the end of the bytes.
  private mutating func readFraming(_ base: UnsafePointer<UInt8>, _ count: Int, _ offset: inout Int) {
    while offset < count {
      let byte = base[offset]
      switch state {
      case .chunkSize:
        if let digit = ResponseParser.hexDigit(byte) {
          // 15 digits are an exabyte: more cannot be meant.
          guard matched < 15 else { return fail() }
          remaining = remaining << 4 | digit
          matched += 1
        } else {
          guard matched > 0 else { return fail() }
          matched = 0
          switch byte {
          case 0x0D: state = .chunkSizeEnd
          case 0x0A: endOfChunkSize()
          case 0x3B, 0x20, 0x09: state = .chunkExtension
          default: return fail()
          }
        }
      case .chunkExtension:
        if byte == 0x0D { state = .chunkSizeEnd } else if byte == 0x0A { endOfChunkSize() }
        matched += 1
        if matched > Self.longestHead { return fail() }
      case .chunkSizeEnd:
        guard byte == 0x0A else { return fail() }
        endOfChunkSize()
      case .chunkEnd:
        // The line end behind a chunk's data.
        if byte == 0x0D, matched == 0 {
          matched = 1
        } else {
          guard byte == 0x0A else { return fail() }
          beginChunks()
        }
      case .trailerStart:
        if byte == 0x0D {
          state = .trailerEnd
        } else if byte == 0x0A {
          state = .complete
        } else {
          guard ResponseParser.isToken(byte) else { return fail() }
          state = .trailer
        }
      case .trailer:
        if byte == 0x0A { state = .trailerStart }
        guard countHead(1) else { return fail() }
      case .trailerEnd:
        guard byte == 0x0A else { return fail() }
        state = .complete
      default: return
      }
      offset += 1
      if state == .complete || state == .chunk { return }
    }
  }

  private mutating func endOfChunkSize() {
    matched = 0
    state = remaining == 0 ? .trailerStart : .chunk
  }
}
