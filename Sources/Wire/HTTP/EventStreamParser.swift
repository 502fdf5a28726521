/// Reads Server-Sent Events (WHATWG HTML, 9.2.6 "Interpreting an event stream") from whatever pieces they arrive in.
///
/// Keeps the data of the event that is being read and nothing else; its memory is reused from event to event.
///
///     while parser.next(base, count, from: &offset) { use(parser.data) }
public struct EventStreamParser: Sendable {
  /// The longest data of one event kept, in bytes; the rest of a longer one is dropped and ``isTruncated`` set.
  public static let longestData = 1 << 20

  /// The data of the event that ``next(_:_:from:)`` has just found; its lines are joined by line feeds.
  public var data: ArraySlice<UInt8> { buffer.dropLast(buffer.isEmpty ? 0 : 1) }
  /// Events so far.
  public private(set) var events = 0
  /// Whether the event that was found last was named `error`.
  public private(set) var isError = false
  /// Whether an event was too long to keep.
  public private(set) var isTruncated = false

  private enum State: UInt8 { case lineStart, field, valueStart, value, nameStart, name, otherValue }
  private var state = State.lineStart
  /// Data lines, each with a line feed behind it.
  private var buffer: [UInt8] = []
  private var hasData = false
  private var isDispatched = false
  private var sawCarriageReturn = false
  /// How far the field's name equals "data"; -1 where it does not.
  private var matched = 0
  /// How far the field's name equals "event", and its value "error"; -1 where they do not.
  private var matchedName = 0
  private var matchedError = 0
  /// Bytes of the byte order mark seen at the very start.
  private var markBytes = 0

  public init() {}

  /// Forgets everything but its memory.
  public mutating func begin() {
    state = .lineStart
    buffer.removeAll(keepingCapacity: true)
    hasData = false
    isDispatched = false
    sawCarriageReturn = false
    matched = 0
    matchedName = 0
    matchedError = 0
    isError = false
    markBytes = 0
    events = 0
    isTruncated = false
  }

  /// Reads on from `offset` to the end of the next event.
  /// - Returns: true where an event is complete, whose data is ``data`` until the next call; false where all bytes are
  ///   used up.
  public mutating func next(_ base: UnsafePointer<UInt8>, _ count: Int, from offset: inout Int) -> Bool {
    if isDispatched {
      isDispatched = false
      hasData = false
      isError = false
      buffer.removeAll(keepingCapacity: true)
    }
    while offset < count {
      let byte = base[offset]
      if sawCarriageReturn {
        sawCarriageReturn = false
        if byte == 0x0A {
          offset += 1
          continue
        }
      }
      if markBytes >= 0, skipMark(byte) {
        offset += 1
        continue
      }
      switch state {
      case .lineStart:
        if byte == 0x0A || byte == 0x0D {
          sawCarriageReturn = byte == 0x0D
          offset += 1
          if hasData {
            isDispatched = true
            events += 1
            return true
          }
          isError = false
          continue
        }
        matched = 0
        matchedName = 0
        state = .field
        continue
      case .field:
        if byte == 0x3A {
          state = matched == 4 ? .valueStart : matchedName == 5 ? .nameStart : .otherValue
        } else if byte == 0x0A || byte == 0x0D {
          if matched == 4 { endDataLine() }
          endLine(byte)
        } else if matched >= 0 {
          let name: StaticString = "data"
          matched = matched < 4 && byte == name.utf8Start[matched] ? matched + 1 : -1
          matchedName = matchedName == 0 && byte == 0x65 ? 1 : -1
        } else if matchedName >= 0 {
          let name: StaticString = "event"
          matchedName = matchedName < 5 && byte == name.utf8Start[matchedName] ? matchedName + 1 : -1
        }
      case .valueStart:
        state = .value
        if byte != 0x20 { continue }
      case .value:
        var end = offset
        while end < count, base[end] != 0x0A, base[end] != 0x0D { end += 1 }
        keep(base + offset, end - offset)
        offset = end
        if end == count { return false }
        endDataLine()
        endLine(base[end])
      case .nameStart:
        state = .name
        matchedError = 0
        if byte != 0x20 { continue }
      case .name:
        if byte == 0x0A || byte == 0x0D {
          isError = matchedError == 5
          endLine(byte)
        } else if matchedError >= 0 {
          let word: StaticString = "error"
          matchedError = matchedError < 5 && byte == word.utf8Start[matchedError] ? matchedError + 1 : -1
        }
      case .otherValue: if byte == 0x0A || byte == 0x0D { endLine(byte) }
      }
      offset += 1
    }
    return false
  }

  private mutating func endLine(_ byte: UInt8) {
    sawCarriageReturn = byte == 0x0D
    state = .lineStart
  }
  private mutating func endDataLine() {
    hasData = true
    buffer.append(0x0A)
  }
  private mutating func keep(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
    let room = max(0, Self.longestData - buffer.count)
    if count > room { isTruncated = true }
    buffer.append(contentsOf: UnsafeBufferPointer(start: bytes, count: min(count, room)))
  }

  /// A byte order mark may stand at the very start.
  private mutating func skipMark(_ byte: UInt8) -> Bool {
    let mark: StaticString = "\u{FEFF}"
    if markBytes < 3, byte == mark.utf8Start[markBytes] {
      markBytes += 1
      return true
    }
    markBytes = -1
    return false
  }
}
