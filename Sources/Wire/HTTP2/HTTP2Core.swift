import CNGHTTP2
import Glibc

/// What an ``HTTP2Session`` points at. Plain memory: the library's callbacks reach it through a pointer.
struct HTTP2Core {
  /// A request under way.
  struct Place {
    /// 0 where the ticket is free.
    var streamID: Int32 = 0
    var body: UnsafePointer<UInt8>?
    var bodyLeft = 0
    var grpcStatus: Int32 = -1
    var hasHead = false
  }

  var session: OpaquePointer?
  let places: UnsafeMutablePointer<Place>
  let tickets: Int
  var events: UnsafeMutablePointer<HTTP2Event>
  var eventCount = 0
  private var eventCapacity = 64
  /// Heads as HTTP/1.1 would write them, where somebody wants to read them: those of the events that are there.
  let keepsFields: Bool
  private(set) var text: UnsafeMutablePointer<UInt8>
  private var textCount = 0
  private var textCapacity = 4096
  private var blockStart = 0
  /// The bytes that are being taken in.
  var input: UnsafePointer<UInt8>?
  /// The other side broke the protocol, so that the connection ends.
  var isBroken = false
  /// The stream that the other side has just reset, to be told from those that this side finds malformed.
  var resetStream: Int32 = 0

  /// The block of fields that is being read.
  var status: Int32 = 0
  var media = StreamMedia.other
  var blockGRPCStatus: Int32 = -1

  /// A piece of output that did not fit into the buffer: the library keeps it until it is asked for the next.
  private var piece: UnsafePointer<UInt8>?
  private var pieceCount = 0

  init(tickets: Int, keepsFields: Bool) {
    self.tickets = tickets
    self.keepsFields = keepsFields
    text = .allocate(capacity: keepsFields ? textCapacity : 1)
    places = .allocate(capacity: tickets)
    places.initialize(repeating: Place(), count: tickets)
    events = .allocate(capacity: eventCapacity)
  }

  mutating func end() {
    if let session { nghttp2_session_del(session) }
    session = nil
    places.deallocate()
    events.deallocate()
    text.deallocate()
  }

  // MARK: Requests

  mutating func submit(_ request: HTTP2Request, _ ticket: Int) -> Bool {
    var provider = nghttp2_data_provider()
    provider.read_callback = Self.readBody
    let user = UnsafeMutableRawPointer(bitPattern: ticket &+ 1)
    places[ticket] = Place(body: request.body, bodyLeft: request.bodyCount)
    let id =
      request.body == nil
      ? nghttp2_submit_request(session, nil, request.fields, request.count, nil, user)
      : nghttp2_submit_request(session, nil, request.fields, request.count, &provider, user)
    guard id > 0 else { return false }
    places[ticket].streamID = id
    return true
  }

  mutating func cancel(_ ticket: Int, _ code: UInt32) {
    let id = places[ticket].streamID
    guard id > 0 else { return }
    forget(ticket)
    nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), id, code)
  }

  /// Frees a ticket; whatever its stream still brings is nobody's.
  private mutating func forget(_ ticket: Int) {
    nghttp2_session_set_stream_user_data(session, places[ticket].streamID, nil)
    places[ticket].streamID = 0
    places[ticket].body = nil
    places[ticket].bodyLeft = 0
  }

  // MARK: Output

  /// Not a method: while the library gives its bytes out, its callbacks change what the pointer points at.
  static func output(
    _ core: UnsafeMutablePointer<HTTP2Core>, into buffer: UnsafeMutablePointer<UInt8>, _ capacity: Int
  ) -> Int {
    var count = 0
    while count < capacity {
      if core.pointee.pieceCount == 0 {
        var next: UnsafePointer<UInt8>?
        let n = nghttp2_session_mem_send(core.pointee.session, &next)
        if n < 0 { core.pointee.isBroken = true }
        guard n > 0, let next else { break }
        core.pointee.piece = next
        core.pointee.pieceCount = n
      }
      guard let from = core.pointee.piece else { break }
      let part = min(core.pointee.pieceCount, capacity &- count)
      memcpy(buffer + count, from, part)
      count &+= part
      core.pointee.piece = from + part
      core.pointee.pieceCount &-= part
    }
    return count
  }

  // MARK: Events

  mutating func clearEvents() {
    eventCount = 0
    // A block may go on with the next bytes.
    if blockStart > 0 { text.update(from: text + blockStart, count: textCount &- blockStart) }
    textCount &-= blockStart
    blockStart = 0
  }

  private mutating func write(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
    while textCount &+ count > textCapacity {
      let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: textCapacity * 2)
      larger.initialize(from: text, count: textCount)
      text.deallocate()
      text = larger
      textCapacity *= 2
    }
    memcpy(text + textCount, bytes, count)
    textCount &+= count
  }
  private mutating func write(_ word: StaticString) { write(word.utf8Start, word.utf8CodeUnitCount) }

  mutating func note(_ event: HTTP2Event) {
    if eventCount == eventCapacity {
      let larger = UnsafeMutablePointer<HTTP2Event>.allocate(capacity: eventCapacity * 2)
      larger.initialize(from: events, count: eventCount)
      events.deallocate()
      events = larger
      eventCapacity *= 2
    }
    (events + eventCount).initialize(to: event)
    eventCount &+= 1
  }

  /// The ticket of a stream, or -1 where it is nobody's.
  func ticket(_ stream: Int32) -> Int {
    Int(bitPattern: nghttp2_session_get_stream_user_data(session, stream)) &- 1
  }

  mutating func beginBlock() {
    status = 0
    media = .other
    blockGRPCStatus = -1
    textCount = blockStart
    if keepsFields { write("HTTP/2.0 000\r\n") }
  }

  mutating func field(
    _ name: UnsafePointer<UInt8>, _ nameCount: Int, _ value: UnsafePointer<UInt8>, _ valueCount: Int
  ) {
    switch nameCount {
    case 7 where Self.equals(name, ":status"): status = Self.number(value, valueCount)
    case 11 where Self.equals(name, "grpc-status"): blockGRPCStatus = Self.number(value, valueCount)
    case 12 where Self.equals(name, "content-type"):
      var word = PackedWord()
      for i in 0..<valueCount where value[i] != 0x20 {
        if value[i] == 0x3B { break }
        word.append(value[i] | (value[i] >= 0x41 && value[i] <= 0x5A ? 0x20 : 0))
      }
      media = word == .eventStream ? .events : PackedWord.isLines(word) ? .lines : .other
    default: break
    }
    guard keepsFields, nameCount > 0, name[0] != 0x3A, textCount &- blockStart < ResponseParser.longestHead else {
      return
    }
    write(name, nameCount)
    write(": ")
    write(value, valueCount)
    write("\r\n")
  }

  mutating func endBlock(_ stream: Int32, endsStream: Bool) {
    let ticket = ticket(stream)
    guard ticket >= 0 else { return }
    if blockGRPCStatus >= 0 { places[ticket].grpcStatus = blockGRPCStatus }
    if status >= 200 {
      places[ticket].hasHead = true
      if keepsFields {
        for (i, unit) in [100, 10, 1].enumerated() {
          text[blockStart &+ 9 &+ i] = 0x30 &+ UInt8(truncatingIfNeeded: Int(status) / unit % 10)
        }
        write("\r\n")
        note(
          HTTP2Event(
            .fields, ticket: Int32(ticket), start: Int32(truncatingIfNeeded: blockStart),
            count: Int32(truncatingIfNeeded: textCount &- blockStart)))
        blockStart = textCount
      }
      note(HTTP2Event(.head, ticket: Int32(ticket), value: status, count: Int32(media.rawValue)))
    }
    if endsStream { complete(ticket) }
  }

  mutating func complete(_ ticket: Int) {
    note(HTTP2Event(.complete, ticket: Int32(ticket), value: places[ticket].grpcStatus))
    if places[ticket].bodyLeft > 0 {
      // Answered before all was sent: nobody wants the rest.
      cancel(ticket, NGHTTP2_NO_ERROR.rawValue)
    } else {
      forget(ticket)
    }
  }

  mutating func closed(_ stream: Int32, _ code: UInt32) {
    let ticket = ticket(stream)
    guard ticket >= 0 else { return }
    let kind: HTTP2Event.Kind =
      code == NGHTTP2_REFUSED_STREAM.rawValue ? .refused : stream == resetStream ? .reset : .malformed
    note(HTTP2Event(kind, ticket: Int32(ticket), value: Int32(truncatingIfNeeded: code)))
    forget(ticket)
  }

  /// A request that never left: by its stream's number, as there may be no stream of it.
  mutating func notSent(_ stream: Int32, _ code: Int32) {
    for ticket in 0..<tickets where places[ticket].streamID == stream {
      let mayBeSentAgain =
        code == NGHTTP2_ERR_START_STREAM_NOT_ALLOWED.rawValue || code == NGHTTP2_ERR_SESSION_CLOSING.rawValue
        || code == NGHTTP2_ERR_STREAM_ID_NOT_AVAILABLE.rawValue || code == NGHTTP2_ERR_STREAM_CLOSING.rawValue
      note(HTTP2Event(mayBeSentAgain ? .refused : .malformed, ticket: Int32(ticket), value: 0))
      forget(ticket)
    }
  }

  // MARK: Words

  private static func equals(_ bytes: UnsafePointer<UInt8>, _ word: StaticString) -> Bool {
    memcmp(bytes, word.utf8Start, word.utf8CodeUnitCount) == 0
  }
  /// A number of at most nine digits; 2, which gRPC names UNKNOWN and HTTP has no status of, where it is none.
  private static func number(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    guard count > 0, count < 10 else { return 2 }
    var value: Int32 = 0
    for i in 0..<count {
      guard bytes[i] >= 0x30, bytes[i] <= 0x39 else { return 2 }
      value = value &* 10 &+ Int32(bytes[i] &- 0x30)
    }
    return value
  }
}
