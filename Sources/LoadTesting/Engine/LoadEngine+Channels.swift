import Wire

// HTTP/2: many requests share a channel. What a request is counted as, its deadline and its place in the schedule are
// the same as over HTTP/1.1.
extension LoadEngine {
  /// The most times that a request is sent again which the service says it has not looked at.
  static let mostAttempts: UInt8 = 10
  private static let notOffered = "the service does not offer HTTP/2 (h2 by ALPN)"

  /// Puts the request of a place on its lane's channel, which is opened where there is none.
  mutating func submit(_ index: Int, _ now: Int64) {
    let lane = index / multiplex.perLane
    if multiplex.current[lane] < 0, !openChannel(lane) {
      conclude(index, ownLimit.map { .unsent($0) } ?? .connect, now, keeps: false)
      return
    }
    let channel = Int(multiplex.current[lane])
    let place = connections + index
    place.pointee.channel = Int32(truncatingIfNeeded: channel)
    place.pointee.status = 0
    place.pointee.media = .other
    place.pointee.messages = GRPCMessageReader()
    place.pointee.bodyHash = OutcomeBuffer.hashStart
    if readsContent { streams[index].begin() }
    multiplex.channels[channel].underWay &+= 1
    if multiplex.channels[channel].phase == .open {
      put(index, on: channel, now)
    } else {
      place.pointee.phase = .connecting
    }
  }

  /// Hands a request to the channel's session.
  private mutating func put(_ index: Int, on number: Int, _ now: Int64) {
    let channel = multiplex.channels + number
    let place = connections + index
    place.pointee.phase = .waiting
    place.pointee.writtenInLife = channel.pointee.written
    multiplex.markDirty(number)
    guard submit(index, to: channel.pointee.session, ticket: index % multiplex.perLane) else {
      // A connection has 2^30 requests in its life; then it takes another.
      detach(number)
      sendAgain(index, .reset, now)
      return
    }
    if place.pointee.scheduled >= measureFrom {
      channel.pointee.unsentMeasured &+= 1
    } else {
      channel.pointee.unsentOther &+= 1
    }
  }

  private func submit(_ index: Int, to session: HTTP2Session?, ticket: Int) -> Bool {
    guard let session else { return false }
    let isSecure = context != nil
    if course != nil {
      return made[index].bytes.withUnsafeMutableBufferPointer { bytes in
        guard let start = bytes.baseAddress else { return false }
        let request = HTTP2Request(start, bytes.count, isSecure: isSecure, isCopied: true)
        defer { request.end() }
        return session.submit(request, ticket: ticket)
      }
    }
    let number = Int(connections[index].request)
    let filled = requests.prepared?.overHTTP2(number, on: index, isSecure: isSecure)
    defer { filled?.end() }
    return session.submit(filled ?? multiplex.requests[number], ticket: ticket)
  }

  /// Nobody has looked at the request: it goes to the channel that its lane has now.
  private mutating func sendAgain(_ index: Int, _ ending: Ending, _ now: Int64) {
    guard connections[index].attempts < Self.mostAttempts else {
      conclude(index, ending, now, keeps: false)
      return
    }
    connections[index].attempts &+= 1
    records.retried &+= 1
    takeOff(index)
    submit(index, now)
  }

  /// The place has nothing to do with its channel any more.
  private mutating func takeOff(_ index: Int) {
    let number = Int(connections[index].channel)
    guard number >= 0 else { return }
    connections[index].channel = -1
    multiplex.channels[number].underWay &-= 1
    // A draining one ends with its last request: not here, as its events may still be looked at.
    if multiplex.channels[number].isDraining, multiplex.channels[number].underWay == 0 { multiplex.markDirty(number) }
  }

  /// The end of a request, as far as its channel is concerned.
  mutating func leaveChannel(_ index: Int, _ ending: Ending) {
    let number = Int(connections[index].channel)
    if number >= 0 {
      let channel = multiplex.channels + number
      switch ending {
      case .timeout:
        if connections[index].phase == .waiting {
          channel.pointee.session?.cancel(ticket: index % multiplex.perLane)
          multiplex.markDirty(number)
        }
        // Nothing at all has come since: the connection may be dead, and new requests get another.
        if channel.pointee.lastReceived < connections[index].sent { detach(number) }
      case .connect: detach(number)
      case .answered, .judged, .grpc: channel.pointee.served &+= 1
      default: break
      }
      takeOff(index)
    }
    connections[index].phase = .idle
  }

  // MARK: Opening and closing

  private mutating func openChannel(_ lane: Int) -> Bool {
    guard let number = multiplex.take() else { return false }
    let channel = multiplex.channels + number
    guard let stream = connectingStream() else {
      multiplex.giveBack(number)
      return false
    }
    let generation = channel.pointee.generation
    let isDirty = channel.pointee.isDirty
    channel.pointee = Channel()
    channel.pointee.generation = generation
    channel.pointee.isDirty = isDirty
    channel.pointee.stream = stream
    channel.pointee.phase = .connecting
    channel.pointee.address = addressNumber
    channel.pointee.lane = Int32(truncatingIfNeeded: lane)
    records.connectionsOpened &+= 1
    if readsStamps { stream.stampArrivals() }
    guard poller.add(stream, token: UInt64(generation) << 32 | UInt64(number)) else {
      closeChannel(number)
      return false
    }
    multiplex.current[lane] = Int32(truncatingIfNeeded: number)
    return true
  }

  /// New requests of its lane go elsewhere.
  mutating func detach(_ number: Int) {
    let lane = Int(multiplex.channels[number].lane)
    if lane >= 0, multiplex.current[lane] == Int32(truncatingIfNeeded: number) { multiplex.current[lane] = -1 }
    multiplex.channels[number].isDraining = true
    if multiplex.channels[number].underWay == 0 { multiplex.markDirty(number) }
  }

  private mutating func closeChannel(_ number: Int) {
    let channel = multiplex.channels + number
    guard channel.pointee.phase != .closed else { return }
    let lane = Int(channel.pointee.lane)
    if lane >= 0, multiplex.current[lane] == Int32(truncatingIfNeeded: number) { multiplex.current[lane] = -1 }
    channel.pointee.session?.end()
    channel.pointee.session = nil
    if let secure = channel.pointee.secure {
      context?.keepForResuming(secure)
      secure.end()
      channel.pointee.secure = nil
    }
    channel.pointee.stream.end()
    channel.pointee.rest?.deallocate()
    channel.pointee.rest = nil
    channel.pointee.phase = .closed
    channel.pointee.lane = -1
    channel.pointee.generation &+= 1
    multiplex.giveBack(number)
  }

  /// The channel has gone with its requests. Those that nobody has seen go to another; those it was not yet open for
  /// count as not connected.
  private mutating func fail(_ number: Int, _ ending: Ending, _ now: Int64, isUnacknowledged: Bool = false) {
    let channel = multiplex.channels[number]
    guard channel.phase != .closed else { return }
    let acknowledged = isUnacknowledged ? channel.stream.acknowledgedBytes() : nil
    closeChannel(number)
    guard channel.lane >= 0 else { return }
    for ticket in 0..<multiplex.perLane {
      let index = Int(channel.lane) &* multiplex.perLane &+ ticket
      let place = connections + index
      guard place.pointee.channel == Int32(truncatingIfNeeded: number) else { continue }
      if place.pointee.phase == .connecting {
        place.pointee.channel = -1
        conclude(index, ending, now, keeps: false)
        continue
      }
      let isUnsent = place.pointee.writtenInLife == channel.written
      // The opening of the connection counts as one acknowledged byte.
      let isUnseen = isUnsent || acknowledged.map { $0 <= place.pointee.writtenInLife &+ 1 } ?? false
      place.pointee.channel = -1
      if isUnseen, channel.served > 0, place.pointee.status == 0 {
        if !isUnsent { records.takeBackSent(place.pointee.scheduled >= measureFrom) }
        sendAgain(index, ending, now)
      } else {
        conclude(index, ending, now, keeps: false)
      }
    }
  }

  // MARK: What the poller tells

  mutating func handleChannel(_ event: Poller.Event, _ now: Int64) -> Int64 {
    let number = Int(event.token & 0xFFFF_FFFF)
    let generation = UInt32(event.token >> 32)
    let channel = multiplex.channels + number
    guard channel.pointee.generation == generation else { return now }
    switch channel.pointee.phase {
    case .closed: return now
    case .connecting:
      if let failure = channel.pointee.stream.connectFailure() {
        reopen(number, failure == 104 ? .reset : .connect, now)
        return now
      }
      guard event.isWritable || event.isClosed else { return now }
      isReached = true
      if context != nil {
        channel.pointee.secure = context?.session(over: channel.pointee.stream)
        channel.pointee.phase = .securing
        guard channel.pointee.secure != nil else {
          fail(number, .connect, now)
          return now
        }
        guard shakeHands(number, now) else { return now }
      }
      begin(channel: number, now)
    case .securing:
      guard shakeHands(number, now) else { return now }
      begin(channel: number, now)
    case .open:
      if event.isWritable, channel.pointee.isBlocked {
        channel.pointee.isBlocked = false
        flush(number, now)
      }
    }
    guard channel.pointee.generation == generation, channel.pointee.phase == .open else { return now }
    guard event.isReadable || event.isClosed else { return now }
    let later = receive(number, generation, isClosed: event.isClosed)
    flushChannels(later)
    return later
  }

  /// A refused connection: at another address where there is one.
  private mutating func reopen(_ number: Int, _ ending: Ending, _ now: Int64) {
    guard mayTryElsewhere(multiplex.channels[number].address) else {
      fail(number, ending, now)
      return
    }
    let lane = Int(multiplex.channels[number].lane)
    closeChannel(number)
    for ticket in 0..<multiplex.perLane {
      let index = lane &* multiplex.perLane &+ ticket
      guard connections[index].channel == Int32(truncatingIfNeeded: number) else { continue }
      connections[index].channel = -1
      submit(index, now)
    }
  }

  private mutating func shakeHands(_ number: Int, _ now: Int64) -> Bool {
    guard let session = multiplex.channels[number].secure else { return true }
    switch session.shakeHands() {
    case .bytes:
      if session.speaksHTTP2 { return true }
      records.languageProblem = Self.notOffered
      fail(number, .connect, now)
      return false
    case .wait: return false
    case .end, .broken:
      records.securityProblem = session.certificateProblem ?? records.securityProblem
      if session.isProtocolRefused { records.languageProblem = Self.notOffered }
      fail(number, .connect, now)
      return false
    }
  }

  /// The connection is there: what waited for it is sent.
  private mutating func begin(channel number: Int, _ now: Int64) {
    let channel = multiplex.channels + number
    guard let session = HTTP2Session(tickets: multiplex.perLane, keepsFields: sessions != nil) else {
      fail(number, .connect, now)
      return
    }
    channel.pointee.session = session
    channel.pointee.phase = .open
    channel.pointee.lastReceived = now
    for ticket in 0..<multiplex.perLane {
      let index = Int(channel.pointee.lane) &* multiplex.perLane &+ ticket
      if connections[index].channel == Int32(truncatingIfNeeded: number), connections[index].phase == .connecting {
        put(index, on: number, now)
      }
    }
    multiplex.markDirty(number)
    flushChannels(now)
  }

  private mutating func receive(_ number: Int, _ generation: UInt32, isClosed: Bool) -> Int64 {
    let channel = multiplex.channels + number
    while true {
      var late: Int64 = 0
      let transfer =
        if let secure = channel.pointee.secure {
          secure.read(into: buffer, Self.bufferSize)
        } else if readsStamps {
          channel.pointee.stream.readStamped(into: buffer, Self.bufferSize, late: &late)
        } else {
          channel.pointee.stream.read(into: buffer, Self.bufferSize)
        }
      let now = Monotonic.now()
      switch transfer {
      case .bytes(let count):
        records.bytesReceived &+= count
        channel.pointee.lastReceived = now
        guard let session = channel.pointee.session else { return now }
        let isSound = session.receive(buffer, count)
        multiplex.markDirty(number)
        takeEvents(number, session, now, came: now &- max(0, late))
        if !isSound {
          records.languageProblem = "what came is no HTTP/2"
          fail(number, .malformed, now)
          return now
        }
        if count < Self.bufferSize, !isClosed, channel.pointee.secure == nil { return now }
        // A long download must not keep the service from hearing of it.
        flush(number, now)
        guard channel.pointee.generation == generation else { return now }
      case .wait: return now
      case .end:
        fail(number, .incomplete, now, isUnacknowledged: true)
        return now
      case .broken(let code):
        // EPIPE says that a proper end had come before the reset.
        fail(number, .reset, now, isUnacknowledged: code == 32)
        return now
      }
    }
  }

  // MARK: Events

  private mutating func takeEvents(_ number: Int, _ session: HTTP2Session, _ now: Int64, came: Int64) {
    let first = Int(multiplex.channels[number].lane) &* multiplex.perLane
    for i in 0..<session.eventCount {
      let event = session.event(i)
      switch event.kind {
      case .limit:
        setLimit(max(1, min(multiplex.perLane, Int(event.value))), now)
        continue
      case .goAway:
        detach(number)
        continue
      default: break
      }
      let index = first &+ Int(event.ticket)
      let place = connections + index
      guard place.pointee.channel == Int32(truncatingIfNeeded: number) else { continue }
      // What came before the sending is a clock's fault.
      let came = max(came, place.pointee.sent)
      switch event.kind {
      case .fields: sessions?.takeHead(index, session.fieldText + Int(event.start), Int(event.count))
      case .head:
        place.pointee.status = event.value
        place.pointee.media = StreamMedia(rawValue: UInt8(truncatingIfNeeded: event.count)) ?? .other
      case .body: takeBody(index, buffer + Int(event.start), Int(event.count), came)
      case .complete: complete(index, grpcStatus: Int(event.value), now, came)
      case .refused:
        let isUnsent = place.pointee.writtenInLife == multiplex.channels[number].written
        let isMeasured = place.pointee.scheduled >= measureFrom
        if !isUnsent {
          records.takeBackSent(isMeasured)
        } else if isMeasured {
          multiplex.channels[number].unsentMeasured &-= 1
        } else {
          multiplex.channels[number].unsentOther &-= 1
        }
        sendAgain(index, .reset, now)
      case .reset: conclude(index, .reset, now, keeps: false)
      case .malformed: conclude(index, .malformed, now, keeps: false)
      case .limit, .goAway: break
      }
    }
    session.clearEvents()
  }

  private mutating func takeBody(_ index: Int, _ bytes: UnsafePointer<UInt8>, _ count: Int, _ came: Int64) {
    let place = connections + index
    sessions?.takeBody(index, bytes, count)
    if outcomes != nil { OutcomeBuffer.hash(bytes, count, into: &place.pointee.bodyHash) }
    if language == .grpc {
      var offset = 0
      while place.pointee.messages.next(bytes, count, from: &offset) {
        if readsStreams { streams[index].notePiece(came) }
      }
    } else if readsContent {
      readContent(index, bytes, count, place.pointee.media, came)
    }
  }

  private mutating func complete(_ index: Int, grpcStatus: Int, _ now: Int64, _ came: Int64) {
    let place = connections + index
    let status = Int(place.pointee.status)
    var ending = Ending.answered(status: status)
    if status == 0 {
      ending = .malformed
    } else if language == .grpc, status == 200 {
      // "gRPC over HTTP2", Responses: the status stands in the trailers, or in the head where there is nothing else.
      if grpcStatus > 0 {
        ending = .grpc(status: grpcStatus)
      } else if grpcStatus < 0 || !place.pointee.messages.isBetweenMessages {
        ending = .malformed
      } else if place.pointee.scheduled >= measureFrom {
        records.messages &+= place.pointee.messages.messages
      }
    }
    let keeps = if case .malformed = ending { false } else { true }
    conclude(index, ending, now, keeps: keeps, came: came)
  }

  /// The service has said how many requests it allows on a connection.
  private mutating func setLimit(_ limit: Int, _ now: Int64) {
    let before = multiplex.limit
    multiplex.limit = limit
    if limit > before {
      for ticket in before..<limit {
        for lane in 0..<multiplex.lanes {
          let index = lane &* multiplex.perLane &+ ticket
          guard connections[index].phase == .closed else { continue }
          connections[index].phase = .idle
          connections[index].deadline = now
          pushIdle(index, now)
        }
      }
      beginCallers(now)
    } else if limit < before {
      for _ in 0..<idleCount {
        let index = popIdle()
        if multiplex.allows(index) { pushIdle(index, availableSince) } else { connections[index].phase = .closed }
      }
    }
  }

  // MARK: Output

  mutating func flushChannels(_ now: Int64) {
    while let number = multiplex.popDirty() { flush(number, now) }
  }

  /// Writes what the channel has to send, in as few calls as the buffer allows.
  private mutating func flush(_ number: Int, _ now: Int64) {
    let channel = multiplex.channels + number
    guard channel.pointee.phase == .open, let session = channel.pointee.session else {
      if channel.pointee.isDraining, channel.pointee.underWay == 0 { closeChannel(number) }
      return
    }
    while !channel.pointee.isBlocked {
      if channel.pointee.restCount == 0 {
        let count = session.output(into: multiplex.output, Multiplex.outputSize)
        if session.eventCount > 0 {
          takeEvents(number, session, now, came: now)
          guard channel.pointee.phase == .open else { return }
        }
        if count == 0 { break }
        guard write(number, multiplex.output, count, now) else { return }
      } else if let rest = channel.pointee.rest {
        let start = channel.pointee.restStart
        let count = channel.pointee.restCount
        channel.pointee.restCount = 0
        guard write(number, rest + start, count, now) else { return }
        if channel.pointee.restCount == 0 {
          rest.deallocate()
          channel.pointee.rest = nil
        }
      }
    }
    if !session.isAlive {
      // Where the other side has not said farewell, this side has ended it over what came.
      let isFarewell = channel.pointee.isDraining && channel.pointee.underWay == 0
      if !isFarewell { records.languageProblem = "what came is no HTTP/2" }
      fail(number, .malformed, now)
    } else if channel.pointee.isDraining, channel.pointee.underWay == 0 {
      closeChannel(number)
    }
  }

  /// Writes bytes and keeps what the socket does not take; false where the channel is gone.
  private mutating func write(
    _ number: Int, _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ now: Int64
  ) -> Bool {
    let channel = multiplex.channels + number
    var done = 0
    while done < count {
      let transfer =
        if let secure = channel.pointee.secure {
          secure.write(bytes + done, count &- done)
        } else {
          channel.pointee.stream.write(bytes + done, count &- done)
        }
      switch transfer {
      case .bytes(let n):
        done &+= n
        channel.pointee.written &+= n
        if channel.pointee.unsentMeasured > 0 || channel.pointee.unsentOther > 0 {
          records.noteSent(measured: channel.pointee.unsentMeasured, other: channel.pointee.unsentOther)
          channel.pointee.unsentMeasured = 0
          channel.pointee.unsentOther = 0
        }
      case .wait:
        channel.pointee.isBlocked = true
        keepRest(channel, bytes + done, count &- done)
        return true
      case .end, .broken:
        fail(number, .reset, now, isUnacknowledged: true)
        return false
      }
    }
    return true
  }

  private func keepRest(_ channel: UnsafeMutablePointer<Channel>, _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) {
    if let rest = channel.pointee.rest, bytes >= rest, bytes < rest + Multiplex.outputSize {
      // Still the same rest, a little shorter.
      channel.pointee.restStart = bytes - rest
    } else {
      let rest = UnsafeMutablePointer<UInt8>.allocate(capacity: Multiplex.outputSize)
      rest.update(from: bytes, count: count)
      channel.pointee.rest = rest
      channel.pointee.restStart = 0
    }
    channel.pointee.restCount = count
  }
}
