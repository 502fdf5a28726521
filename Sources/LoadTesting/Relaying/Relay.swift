import Wire

/// Takes clients, connects each to a service and moves their bytes, on one thread over epoll. What is done to the bytes
/// and who is let in is the ``RelayCourse``'s affair; here are the sockets, their ends and whose turn it is.
///
/// It has no loop of its own: its owner waits on ``poller`` and hands it the events.
final class Relay<Course: RelayCourse> {
  typealias Session = RelaySession<Course.Pipe, Course.Care>

  let course: Course
  let poller: Poller
  /// One for all connections: what is read is passed on or kept by the pipe before the next is read.
  let buffer: UnsafeMutablePointer<UInt8>
  private let listener: Listener
  private let service: Endpoint
  private let mostClients: Int
  private var sessions: [Session?] = []
  private var generations: [UInt32] = []
  private var free: [Int] = []
  private var queued: [Int] = []
  private var lingering: [Int] = []
  private var wakes = WakeHeap()
  private var mayAccept = true
  /// Connections that are open.
  private(set) var open = 0

  /// - Parameter clients: the most at a time; more wait to be accepted.
  init(_ listener: Listener, to service: Endpoint, clients: Int, _ course: Course) throws(LoadTestingError) {
    do {
      poller = try Poller(capacity: 512)
    } catch {
      throw LoadTestingError(.exhausted, error.problem, remedy: error.remedy)
    }
    self.course = course
    self.listener = listener
    self.service = service
    mostClients = clients
    buffer = .allocate(capacity: RelayPace.bufferSize)
    buffer.initialize(repeating: 0, count: RelayPace.bufferSize)
    OpenFiles.allowMost()
    guard poller.add(listener, token: RelayToken(.listener, 0, 0).bits) else {
      throw LoadTestingError(
        .exhausted, "the poller takes no socket", remedy: "raise the limit of open files (ulimit -n)")
    }
  }
  deinit { buffer.deallocate() }

  /// Whether a connection waits for its turn again.
  var hasQueued: Bool { !queued.isEmpty }
  /// Whether a client may wait to be accepted.
  var canAccept: Bool { mayAccept && open < mostClients }
  /// When a pipe has asked to be woken.
  var nextWake: Int64? { wakes.first }

  // MARK: Clients

  /// Lets in who waits, as far as there is room.
  func accept(_ now: Int64) {
    guard mayAccept else { return }
    for _ in 0..<RelayPace.acceptsATurn {
      guard open < mostClients else { return }
      guard let client = listener.accept() else {
        // None waits, or there are no more sockets: then one that is given back lets the next in.
        mayAccept = false
        return
      }
      let index = free.popLast() ?? sessions.count
      if index == sessions.count {
        sessions.append(nil)
        generations.append(0)
      }
      let session = course.session(of: client)
      sessions[index] = session
      open += 1
      let admission = course.admission(of: session)
      guard admission != .resets, poller.add(client, token: RelayToken(.client, index, generations[index]).bits) else {
        close(index, resets: true)
        continue
      }
      session.back.isWritable = true
      if admission == .connects { connect(index, session, now) }
    }
  }

  private func connect(_ index: Int, _ session: Session, _ now: Int64) {
    session.service = Stream.connecting(to: service)
    guard let stream = session.service,
      poller.add(stream, token: RelayToken(.service, index, generations[index]).bits)
    else { return turnAway(index, session, now) }
  }

  /// What the poller tells of the listener, a client or its service.
  func take(_ event: Poller.Event, _ now: Int64) {
    let token = RelayToken(event.token)
    guard token.side != .listener else {
      mayAccept = true
      return
    }
    let index = token.index
    guard index < sessions.count, let session = sessions[index], token.isOf(generations[index]) else { return }
    if token.side == .client {
      if event.isReadable || event.isClosed { session.forth.isReadable = !session.forth.hasEnded }
      if event.isWritable { session.back.isWritable = true }
    } else {
      guard let service = session.service else { return }
      if !session.isConnected {
        guard service.connectFailure() == nil else { return turnAway(index, session, now) }
        guard event.isWritable else { return }
        session.isConnected = true
      }
      if event.isReadable || event.isClosed { session.back.isReadable = !session.back.hasEnded }
      if event.isWritable { session.forth.isWritable = true }
    }
    move(index, session, now)
  }

  // MARK: Turns

  /// Gives those another turn that had more to do than one allows, and those whose time has come.
  func takeTurns(_ now: Int64) {
    while let wake = wakes.popDue(now) {
      guard let session = sessions[wake.index], generations[wake.index] == wake.generation else { continue }
      session.wakeAt = .max
      move(wake.index, session, now)
    }
    guard !queued.isEmpty else { return }
    let turns = queued
    queued.removeAll(keepingCapacity: true)
    for index in turns {
      guard let session = sessions[index], session.isQueued else { continue }
      session.isQueued = false
      move(index, session, now)
    }
  }

  /// Looks at every connection again: what may pass has changed.
  func moveAll(_ now: Int64) {
    for index in sessions.indices {
      if let session = sessions[index] { move(index, session, now) }
    }
  }

  private enum Progress { case moved, still, broken, over }

  private func move(_ index: Int, _ session: Session, _ now: Int64) {
    if session.lingersUntil != nil { return discard(index, session) }
    var turns = 0
    while true {
      var wake = Int64.max
      // What the service says goes first: somebody waits for it.
      let back = advance(&session.back, from: session.service, to: session.client, session, isAnswer: true, now, &wake)
      if isOver(back, index) { return }
      let forth = advance(
        &session.forth, from: session.client, to: session.service, session, isAnswer: false, now, &wake)
      if isOver(forth, index) { return }
      if session.forth.hasPassedEnd, session.back.hasPassedEnd { return close(index, resets: false) }
      guard back == .moved || forth == .moved else {
        if wake < session.wakeAt {
          session.wakeAt = wake
          wakes.add(WakeHeap.Wake(time: wake, index: index, generation: generations[index]))
        }
        return
      }
      turns += 1
      if turns >= RelayPace.readsATurn {
        if !session.isQueued {
          session.isQueued = true
          queued.append(index)
        }
        return
      }
    }
  }

  private func isOver(_ progress: Progress, _ index: Int) -> Bool {
    guard progress == .broken || progress == .over else { return false }
    close(index, resets: progress == .broken)
    return true
  }

  private func advance(
    _ pipe: inout Course.Pipe, from source: Stream?, to destination: Stream?, _ session: Session, isAnswer: Bool,
    _ now: Int64, _ wake: inout Int64
  ) -> Progress {
    guard let source else { return .still }
    switch course.step(pipe, of: session, isAnswer: isAnswer, now) {
    case .rest, .finished: return .still
    case .until(let time):
      wake = min(wake, time)
      return .still
    case .endWriting:
      destination?.endWriting()
      pipe.passedEnd()
      return .moved
    case .write(let count):
      guard let destination else { return .still }
      let start = pipe.start
      let transfer = pipe.bytes.withUnsafeBufferPointer { bytes -> Transfer in
        bytes.baseAddress.map { destination.write($0 + start, min(count, bytes.count - start)) } ?? .bytes(0)
      }
      switch transfer {
      case .bytes(let written): course.wrote(written, of: count, from: &pipe, now)
      case .wait: pipe.isWritable = false
      case .end, .broken: return .broken
      }
      return .moved
    case .read:
      switch source.read(into: buffer, RelayPace.bufferSize) {
      case .wait:
        pipe.isReadable = false
        // What has been read before may still wait for its time.
        return pipe.waiting > 0 ? .moved : .still
      case .bytes(let count):
        let isTaken = course.took(
          buffer, count, into: &pipe, to: destination, of: session, isAnswer: isAnswer, now)
        return isTaken ? .moved : .broken
      case .end:
        if pipe.isSwallowing { return .over }
        course.ended(&pipe, of: session, isAnswer: isAnswer, now)
        return .moved
      case .broken: return pipe.isSwallowing ? .over : .broken
      }
    }
  }

  // MARK: Ends

  /// The service takes no connection.
  private func turnAway(_ index: Int, _ session: Session, _ now: Int64) {
    switch course.farewell(to: session) {
    case .reset: close(index, resets: true)
    case .answer(let bytes):
      session.service?.end()
      session.service = nil
      _ = bytes.withUnsafeBufferPointer { $0.baseAddress.map { session.client.write($0, bytes.count) } }
      session.client.endWriting()
      // Closing with bytes unread would be a reset, which can overtake the answer.
      session.lingersUntil = now &+ RelayPace.lingering
      lingering.append(index)
      discard(index, session)
    }
  }

  private func discard(_ index: Int, _ session: Session) {
    for _ in 0..<RelayPace.readsATurn {
      switch session.client.read(into: buffer, RelayPace.bufferSize) {
      case .bytes: continue
      case .wait: return
      case .end, .broken: return close(index, resets: false)
      }
    }
  }

  /// Closes those that were turned away long enough ago.
  func endLingering(_ now: Int64) {
    guard !lingering.isEmpty else { return }
    lingering.removeAll { index in
      guard let until = sessions[index]?.lingersUntil else { return true }
      if now >= until { close(index, resets: false) }
      return now >= until
    }
  }

  /// Breaks off, with a reset, the connections for which `isMeant`, which hears of each once.
  func reset(where isMeant: (Session) -> Bool) {
    for index in sessions.indices {
      if let session = sessions[index], isMeant(session) { close(index, resets: true) }
    }
  }

  /// Ends the connections for which `isMeant`.
  func end(where isMeant: (Session) -> Bool) {
    for index in sessions.indices {
      if let session = sessions[index], isMeant(session) { close(index, resets: false) }
    }
  }

  private func close(_ index: Int, resets: Bool) {
    guard let session = sessions[index] else { return }
    course.closed(session)
    for stream in [session.client, session.service].compactMap({ $0 }) {
      if resets { stream.reset() } else { stream.end() }
    }
    sessions[index] = nil
    generations[index] &+= 1
    free.append(index)
    open -= 1
    mayAccept = true
  }
}
