import Wire

/// One HTTP/2 connection of the engine: plain memory.
struct Channel {
  enum Phase: UInt8 { case closed, connecting, securing, open }
  var stream = Stream(handle: -1)
  var secure: SecureSession?
  var session: HTTP2Session?
  var phase = Phase.closed
  /// Takes no new requests and ends with the last it has.
  var isDraining = false
  /// Has something to send.
  var isDirty = false
  /// The socket takes no more for now.
  var isBlocked = false
  var generation: UInt32 = 0
  /// Which places of the engine its requests belong to.
  var lane: Int32 = -1
  var address = 0
  var underWay = 0
  var served = 0
  /// Bytes in its life.
  var written = 0
  /// Requests handed to the session since it last wrote, of the measured time and of the warm-up.
  var unsentMeasured = 0
  var unsentOther = 0
  var lastReceived: Int64 = 0
  /// What the socket did not take of a write.
  var rest: UnsafeMutablePointer<UInt8>?
  var restStart = 0
  var restCount = 0
}

/// What the engine keeps for HTTP/2. Its places for requests lie in lanes, one for each connection that is wanted at a
/// time: place `lane * perLane + ticket`. A lane's requests go to its channel; a channel that the service is about to
/// end drains beside its successor.
struct Multiplex: ~Copyable {
  let lanes: Int
  let perLane: Int
  let channels: UnsafeMutablePointer<Channel>
  private let capacity: Int
  /// The channel that takes a lane's new requests, or -1.
  let current: UnsafeMutablePointer<Int32>
  private let free: UnsafeMutablePointer<Int32>
  private var freeCount: Int
  private let dirty: UnsafeMutablePointer<Int32>
  private(set) var dirtyCount = 0
  /// How many requests the service allows on a connection at a time; one until it has said so.
  var limit = 1
  let requests: UnsafeMutablePointer<HTTP2Request>
  private let requestCount: Int
  static let outputSize = 65_536
  let output: UnsafeMutablePointer<UInt8>

  init(lanes: Int, perLane: Int, requests source: borrowing RequestBuffer, isSecure: Bool) {
    self.lanes = lanes
    self.perLane = max(1, perLane)
    // One for each request that may be draining, and one that takes new ones: never too few.
    capacity = lanes * (self.perLane + 1)
    channels = .allocate(capacity: max(1, capacity))
    channels.initialize(repeating: Channel(), count: capacity)
    current = .allocate(capacity: max(1, lanes))
    current.initialize(repeating: -1, count: lanes)
    free = .allocate(capacity: max(1, capacity))
    for i in 0..<capacity { (free + i).initialize(to: Int32(capacity - 1 - i)) }
    freeCount = capacity
    dirty = .allocate(capacity: max(1, capacity))
    requestCount = lanes > 0 ? source.count : 0
    requests = .allocate(capacity: max(1, requestCount))
    for i in 0..<requestCount { (requests + i).initialize(to: source.overHTTP2(i, isSecure: isSecure)) }
    output = .allocate(capacity: lanes > 0 ? Self.outputSize : 1)
  }

  deinit {
    for i in 0..<capacity {
      channels[i].session?.end()
      channels[i].secure?.end()
      if channels[i].phase != .closed { channels[i].stream.end() }
      channels[i].rest?.deallocate()
    }
    channels.deallocate()
    current.deallocate()
    free.deallocate()
    dirty.deallocate()
    for i in 0..<requestCount { requests[i].end() }
    requests.deallocate()
    output.deallocate()
  }

  /// Whether a place may have a request, as things stand.
  @inline(__always) func allows(_ index: Int) -> Bool { index % perLane < limit }

  mutating func take() -> Int? {
    guard freeCount > 0 else { return nil }
    freeCount &-= 1
    return Int(free[freeCount])
  }
  mutating func giveBack(_ channel: Int) {
    free[freeCount] = Int32(truncatingIfNeeded: channel)
    freeCount &+= 1
  }

  @inline(__always) mutating func markDirty(_ channel: Int) {
    guard !channels[channel].isDirty else { return }
    channels[channel].isDirty = true
    dirty[dirtyCount] = Int32(truncatingIfNeeded: channel)
    dirtyCount &+= 1
  }
  mutating func popDirty() -> Int? {
    guard dirtyCount > 0 else { return nil }
    dirtyCount &-= 1
    let channel = Int(dirty[dirtyCount])
    channels[channel].isDirty = false
    return channel
  }
}

extension RequestBuffer {
  /// A request of the set as HTTP/2 has it (RFC 9113, 8.2 and 8.3): names in lower case, no fields that speak about the
  /// connection. Points into this buffer, whose names it lowers.
  func overHTTP2(_ index: Int, isSecure: Bool) -> HTTP2Request {
    HTTP2Request(bytes + offsets[index], offsets[index + 1] - offsets[index], isSecure: isSecure)
  }
}

extension HTTP2Request {
  /// A request of HTTP/1.1 as HTTP/2 has it. Points into its bytes, whose names it lowers.
  init(_ start: UnsafeMutablePointer<UInt8>, _ count: Int, isSecure: Bool, isCopied: Bool = false) {
    typealias Text = UnsafeBufferPointer<UInt8>
    func word(_ text: StaticString) -> Text { Text(start: text.utf8Start, count: text.utf8CodeUnitCount) }
    func equals(_ text: Text, _ other: StaticString) -> Bool { text.elementsEqual(word(other)) }
    // The set's requests are our own, so that each line ends with CR LF and the head with an empty one.
    var lines: [Text] = []
    var place = 0
    var lineStart = 0
    while place + 1 < count {
      if start[place] == 0x0D, start[place + 1] == 0x0A {
        if lineStart == place { break }
        lines.append(Text(start: start + lineStart, count: place - lineStart))
        lineStart = place + 2
        place += 1
      }
      place += 1
    }
    let bodyStart = min(count, place + 2)
    let target = (lines.first.map { Array($0) } ?? []).split(separator: 0x20, omittingEmptySubsequences: false)
    let methodCount = target.first?.count ?? 0
    let pathCount = target.count > 1 ? target[1].count : 0
    var authority = word("")
    var fields: [(name: Text, value: Text)] = []
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: 0x3A) else { continue }
      for i in 0..<colon {
        let place = start + (line.baseAddress.map { $0 - UnsafePointer(start) } ?? 0) + i
        if place.pointee >= 0x41, place.pointee <= 0x5A { place.pointee |= 0x20 }
      }
      let name = Text(rebasing: line[..<colon])
      var value = Text(rebasing: line[(colon + 1)...])
      while let first = value.first, first == 0x20 || first == 0x09 { value = Text(rebasing: value.dropFirst()) }
      while let last = value.last, last == 0x20 || last == 0x09 { value = Text(rebasing: value.dropLast()) }
      if equals(name, "host") {
        authority = value
        continue
      }
      let concernsConnection =
        equals(name, "connection") || equals(name, "keep-alive") || equals(name, "proxy-connection")
        || equals(name, "transfer-encoding") || equals(name, "upgrade")
        || (equals(name, "te") && !equals(value, "trailers"))
      if !concernsConnection { fields.append((name, value)) }
    }
    let pseudo: [(name: Text, value: Text)] = [
      (word(":method"), Text(start: start, count: methodCount)),
      (word(":scheme"), word(isSecure ? "https" : "http")),
      (word(":authority"), authority),
      (word(":path"), Text(start: start + min(count, methodCount + 1), count: pathCount)),
    ]
    self.init(
      fields: pseudo + fields, body: bodyStart < count ? Text(start: start + bodyStart, count: count - bodyStart) : nil,
      isCopied: isCopied)
  }
}
