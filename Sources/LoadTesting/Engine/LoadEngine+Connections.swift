import Wire

extension LoadEngine {
  /// Puts a request on a connection, which is opened where it is closed.
  mutating func begin(_ index: Int, scheduled: Int64, _ now: Int64) {
    let connection = connections + index
    connection.pointee.scheduled = scheduled
    connection.pointee.sent = now
    connection.pointee.deadline = now &+ timeout
    connection.pointee.written = 0
    if let course {
      course.write(connection.pointee.caller, into: &made[index])
      made[index].bytes.withUnsafeBufferPointer {
        // The array stays as it is until the place has its next request.
        connection.pointee.bytes = $0.baseAddress
        connection.pointee.byteCount = $0.count
      }
      connection.pointee.request = made[index].number
      connection.pointee.kind = made[index].kind
    } else {
      let place = Int(sessions?.begin(index, now) ?? requests.next())
      connection.pointee.request = Int32(truncatingIfNeeded: place)
      connection.pointee.kind = requests.classes[place]
      if sessions == nil { requests.prepared?.fill(place, number: arrived, on: index) }
      if let filled = requests.prepared?.bytes(place, on: index) {
        connection.pointee.bytes = filled.baseAddress
        connection.pointee.byteCount = filled.count
      } else {
        connection.pointee.bytes = UnsafePointer(requests.bytes + requests.offsets[place])
        connection.pointee.byteCount = requests.offsets[place &+ 1] &- requests.offsets[place]
      }
    }
    connection.pointee.number = arrived
    connection.pointee.bodyHash = OutcomeBuffer.hashStart
    arrived &+= 1
    link(index)
    if language != .http1 {
      connection.pointee.attempts = 0
      submit(index, now)
      return
    }
    if connection.pointee.phase == .closed { open(index, now) } else { write(index, now) }
  }

  mutating func open(_ index: Int, _ now: Int64) {
    guard let stream = connectingStream() else {
      conclude(index, ownLimit.map { .unsent($0) } ?? .connect, now, keeps: false)
      return
    }
    let connection = connections + index
    connection.pointee.stream = stream
    connection.pointee.address = addressNumber
    connection.pointee.phase = .connecting
    connection.pointee.writtenInLife = 0
    connection.pointee.served = 0
    connection.pointee.opened = now
    records.connectionsOpened &+= 1
    if readsStamps { stream.stampArrivals() }
    let token = UInt64(connection.pointee.generation) << 32 | UInt64(index)
    if !poller.add(stream, token: token) { conclude(index, .unsent(.memory), now, keeps: false) }
  }

  /// A socket that is being connected, or nil where the system refuses all addresses at once.
  mutating func connectingStream() -> Stream? {
    if !spread.isEmpty { return Stream.connecting(to: spread[records.connectionsOpened % spread.count]) }
    while true {
      if let stream = Stream.connecting(to: endpoint) { return stream }
      ownLimit = OwnLimit.ofSystem()
      if ownLimit != nil { return nil }
      if !mayTryElsewhere(addressNumber) { return nil }
    }
  }

  /// After a connection was refused: whether there is another address to try, as long as none has answered.
  mutating func mayTryElsewhere(_ address: Int) -> Bool {
    guard !isReached, spread.isEmpty else { return false }
    // Others may have given this address up already.
    if address < addressNumber { return true }
    guard !otherEndpoints.isEmpty else { return false }
    endpoint = otherEndpoints.removeFirst()
    addressNumber &+= 1
    return true
  }

  /// Shakes hands on; true where they are shaken.
  private mutating func secure(_ index: Int, _ now: Int64) -> Bool {
    guard let session = connections[index].secure else { return true }
    switch session.shakeHands() {
    case .bytes: return true
    case .wait: return false
    case .end, .broken:
      records.securityProblem = session.certificateProblem ?? records.securityProblem
      conclude(index, .connect, now, keeps: false)
      return false
    }
  }

  /// Begins to shake hands, where the service is secured; true where it is not, or where they are shaken at once.
  private mutating func beginSecuring(_ index: Int, _ now: Int64) -> Bool {
    guard context != nil else { return true }
    let connection = connections + index
    connection.pointee.secure = context?.session(over: connection.pointee.stream)
    guard connection.pointee.secure != nil else {
      conclude(index, .connect, now, keeps: false)
      return false
    }
    connection.pointee.phase = .securing
    return secure(index, now)
  }

  private mutating func write(_ index: Int, _ now: Int64) {
    let connection = connections + index
    guard let request = connection.pointee.bytes else { return }
    let requestCount = connection.pointee.byteCount
    if connection.pointee.written == 0 {
      let isHead = course == nil ? requests.heads[Int(connection.pointee.request)] : made[index].isHead
      connection.pointee.parser.begin(isHead: isHead)
      if readsContent { streams[index].begin() }
    }
    while connection.pointee.written < requestCount {
      let done = connection.pointee.written
      let transfer =
        if let session = connection.pointee.secure {
          session.write(request + done, requestCount &- done)
        } else {
          connection.pointee.stream.write(request + done, requestCount &- done)
        }
      switch transfer {
      case .bytes(let count):
        if done == 0 { records.noteSent(connection.pointee.scheduled >= measureFrom) }
        connection.pointee.written = done &+ count
        connection.pointee.writtenInLife &+= count
      case .wait:
        connection.pointee.phase = .writing
        return
      case .end, .broken:
        lose(index, .reset, now, isUnseen: done == 0)
        return
      }
    }
    connection.pointee.phase = .waiting
  }

  /// Looks into what the poller tells; gives back the time.
  mutating func handle(_ event: Poller.Event, _ now: Int64) -> Int64 {
    let index = Int(event.token & 0xFFFF_FFFF)
    let connection = connections + index
    let generation = UInt32(event.token >> 32)
    guard connection.pointee.generation == generation else { return now }
    switch connection.pointee.phase {
    case .closed: return now
    case .connecting:
      if let failure = connection.pointee.stream.connectFailure() {
        if mayTryElsewhere(connection.pointee.address) {
          close(index)
          open(index, now)
          return now
        }
        let own = OwnLimit(failure).map { Ending.unsent($0) }
        conclude(index, own ?? (failure == 104 ? .reset : .connect), now, keeps: false)
        return now
      }
      guard event.isWritable || event.isClosed else { return now }
      isReached = true
      if let tunnel {
        openTunnel(index, tunnel, now)
        return now
      }
      guard beginSecuring(index, now) else { return now }
      write(index, now)
    case .tunnelling:
      guard readTunnel(index, now), beginSecuring(index, now) else { return now }
      write(index, now)
    case .securing:
      guard secure(index, now) else { return now }
      write(index, now)
    case .writing:
      if event.isWritable { write(index, now) }
    case .waiting, .idle: break
    }
    // Writing may have found the connection broken and put another in its place.
    guard event.isReadable || event.isClosed, connection.pointee.generation == generation else { return now }
    return receive(index, isClosed: event.isClosed)
  }

  private mutating func receive(_ index: Int, isClosed: Bool) -> Int64 {
    let connection = connections + index
    while true {
      var late: Int64 = 0
      let transfer =
        if let session = connection.pointee.secure {
          session.read(into: buffer, Self.bufferSize)
        } else if readsStamps {
          connection.pointee.stream.readStamped(into: buffer, Self.bufferSize, late: &late)
        } else {
          connection.pointee.stream.read(into: buffer, Self.bufferSize)
        }
      let now = Monotonic.now()
      switch transfer {
      case .bytes(let count):
        records.bytesReceived &+= count
        if connection.pointee.phase == .idle {
          // Nobody asked: whatever this is, the next answer could not be told from it.
          close(index)
          return now
        }
        let came = now &- min(max(0, late), max(0, now &- connection.pointee.sent))
        var offset = 0
        parsing: while true {
          let before = offset
          let isInHead = sessions != nil && !connection.pointee.parser.hasHead
          let step = connection.pointee.parser.step(buffer, count, from: &offset)
          if isInHead { sessions?.takeHead(index, buffer + before, offset &- before) }
          switch step {
          case .body(let start, let length):
            sessions?.takeBody(index, buffer + start, length)
            if outcomes != nil {
              OutcomeBuffer.hash(buffer + start, length, into: &connection.pointee.bodyHash)
            }
            if readsContent { readContent(index, buffer + start, length, connection.pointee.parser.media, came) }
          case .needsMore: break parsing
          case .complete:
            let keeps =
              keepsAlive && connection.pointee.parser.keepsAlive && offset == count && !isClosed
            conclude(index, .answered(status: connection.pointee.parser.status), now, keeps: keeps, came: came)
            return now
          case .malformed:
            if connection.pointee.parser.isHeadTooLong { records.longHeads &+= 1 }
            conclude(index, .malformed, now, keeps: false)
            return now
          }
        }
        // Edge-triggered: a short read has emptied the socket, and the poller will tell of more.
        // A secured one may have kept some of it.
        if count < Self.bufferSize, !isClosed, connection.pointee.secure == nil { return now }
      case .wait: return now
      case .end:
        if connection.pointee.phase == .idle {
          close(index)
        } else if connection.pointee.secure?.hasProperEnd != false, connection.pointee.parser.end() == .complete {
          // Over TLS an end that nobody vouches for may have been made by anybody (RFC 9112, 9.8).
          conclude(index, .answered(status: connection.pointee.parser.status), now, keeps: false)
        } else {
          lose(index, .incomplete, now, isUnseen: isUnacknowledged(index))
        }
        return now
      case .broken(let number):
        if connection.pointee.phase == .idle {
          close(index)
        } else {
          // EPIPE says that a proper end had come before the reset: the answer to bytes that found nobody.
          lose(index, .reset, now, isUnseen: number == 32 && isUnacknowledged(index))
        }
        return now
      }
    }
  }

  /// Whether none of the request's bytes reached the other side's system before it ended the connection. Its end carries
  /// an acknowledgement of all that it had; a reset does not, so that after a reset nothing can be said.
  private func isUnacknowledged(_ index: Int) -> Bool {
    let connection = connections + index
    let before = connection.pointee.writtenInLife &- connection.pointee.written
    // The opening of the connection counts as one byte.
    return connection.pointee.stream.acknowledgedBytes().map { $0 <= before &+ 1 } ?? false
  }

  /// The connection has gone with a request on it. Where it was an idle one that the other side had closed before the
  /// request arrived, nobody has seen the request and it is sent again.
  private mutating func lose(_ index: Int, _ ending: Ending, _ now: Int64, isUnseen: Bool) {
    let connection = connections + index
    guard isUnseen, connection.pointee.served > 0, !connection.pointee.parser.hasBegun else {
      conclude(index, ending, now, keeps: false)
      return
    }
    records.retried &+= 1
    if connection.pointee.written > 0 { records.takeBackSent(connection.pointee.scheduled >= measureFrom) }
    close(index)
    connection.pointee.written = 0
    open(index, now)
  }

  func close(_ index: Int) {
    let connection = connections + index
    guard connection.pointee.phase != .closed else { return }
    if let secure = connection.pointee.secure {
      context?.keepForResuming(secure)
      secure.end()
      connection.pointee.secure = nil
    }
    connection.pointee.stream.end()
    connection.pointee.phase = .closed
    connection.pointee.generation &+= 1
  }

  /// The end of a request: counts it and lets its connection go on.
  /// - Parameter came: when the end of the response had come in, where that was before it was read.
  mutating func conclude(_ index: Int, _ ended: Ending, _ now: Int64, keeps: Bool, came: Int64? = nil) {
    let connection = connections + index
    var ending = ended
    if readsContent, case .answered(let status) = ended, status < 400 {
      ending = judgeContent(index, status, came ?? now)
    }
    unlink(index)
    if let sessions {
      ending = sessions.conclude(index, ending, now)
      nextDue = sessions.nextDue
    }
    if language != .http1 {
      leaveChannel(index, ending)
    } else if keeps {
      connection.pointee.phase = .idle
    } else {
      close(index)
    }
    connection.pointee.served &+= 1
    let isMeasured = connection.pointee.scheduled >= measureFrom
    records.note(
      ending, scheduled: connection.pointee.scheduled, sent: connection.pointee.sent, came ?? now,
      class: connection.pointee.kind, isMeasured: isMeasured)
    outcomes?.note(
      connection.pointee, ending, from: start, at: came ?? now, stream: readsStreams ? streams + index : nil)
    if boundCount > 0 { records.noteEnd(came ?? now) }
    if ending.answer.isGood {
      if readsStreams { concludeStream(index) }
      if boundCount > 0, isMeasured {
        let (with, without) = kept(index, came ?? now)
        records.noteKept(with, without, scheduled: connection.pointee.scheduled)
      }
    }
    let goesOn = course == nil ? false : goOn(index, ending, came ?? now)
    if keepsPlaces {
      // It stays with whoever has it, open or not, until they have their last answer.
      if sessions?.isHeld(index) ?? goesOn { return }
      endSession(on: index)
    }
    if language != .http1, !multiplex.allows(index) {
      // The service has come to allow fewer at a time: the place waits until it allows more.
      connection.pointee.phase = .closed
    } else if isOpen || course != nil {
      pushIdle(index, now)
    } else if keeps, think == 0, !asksTogether, !isStopping, now < records.closedLoopEnd {
      ask(index, now)
    } else {
      // Whoever fails does not try again at once: a refused connection takes no time, and a loop of them would be no test.
      let isFailure =
        switch ending {
        case .connect, .unsent: true
        default: false
        }
      connection.pointee.deadline = now &+ (isFailure ? max(think, 1_000_000) : think)
      pushIdle(index, now)
    }
  }
}
