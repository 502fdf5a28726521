import Glibc
import Quantities
import Wire

/// Moves a mirror's bytes, on one thread over epoll. What to do is decided by ``RelayPipe``, ``MirrorObserver`` and
/// ``MirrorLedger``; here are the sockets.
///
/// Clients and the first service come first in every turn; the second service gets what time is left, a bounded piece
/// at a time.
final class MirrorEngine {
  /// One client's connection with the one to the service that it stands for.
  final class Session {
    var client: Stream
    var service: Stream?
    var isConnected = false
    /// From client to service, and back.
    var forth = RelayPipe()
    var back = RelayPipe()
    var observer = MirrorObserver()
    /// Whether it waits for its turn again, having had its share of this one.
    var isQueued = false
    /// Set once the client has been refused: what it still sends is thrown away until then.
    var lingersUntil: Int64?
    init(client: Stream) { self.client = client }
  }

  enum Side: UInt64 { case listener = 0, client = 1, service = 2, shadow = 3 }
  static func token(_ side: Side, _ index: Int, _ generation: UInt32) -> UInt64 {
    side.rawValue << 62 | UInt64(generation & 0x3FFF_FFFF) << 32 | UInt64(index)
  }

  static let bufferSize = 65_536
  /// Reads of one connection in one turn: a large body does not keep the others waiting.
  static let readsATurn = 8
  static let acceptsATurn = 128
  /// More requests of one client than this without an answer, and nothing more is read from it.
  static let mostPipelined = 256
  static let longestWait: Int64 = 100_000_000
  static let grace: Int64 = 2_000_000_000

  let settings: MirrorProxy.Settings
  let listener: Listener
  let first: Endpoint
  let poller: Poller
  let ledger: MirrorLedger
  let shadows: ShadowClients
  private let buffer: UnsafeMutablePointer<UInt8>
  private var sessions: [Session?] = []
  private var generations: [UInt32] = []
  private var free: [Int] = []
  private var queued: [Int] = []
  private var lingering: [Int] = []
  private var openSessions = 0
  private var mayAccept = true

  init(
    listener: Listener, first: Endpoint, shadow: Endpoint, settings: MirrorProxy.Settings
  ) throws(LoadTestingError) {
    do {
      poller = try Poller(capacity: 512)
    } catch {
      throw LoadTestingError(.exhausted, error.problem, remedy: error.remedy)
    }
    self.settings = settings
    self.listener = listener
    self.first = first
    var limits = MirrorLedger.Limits()
    limits.queue = settings.queue
    limits.bytes = settings.queueBytes
    limits.request = settings.largestRequest
    ledger = MirrorLedger(share: settings.share, onlySafe: settings.onlySafe, seed: settings.seed, limits: limits)
    shadows = ShadowClients(shadow, count: settings.shadowConnections, timeout: settings.shadowTimeout.nanoseconds)
    buffer = .allocate(capacity: Self.bufferSize)
    buffer.initialize(repeating: 0, count: Self.bufferSize)
    OpenFiles.allowMost()
    guard poller.add(listener, token: Self.token(.listener, 0, 0)) else {
      throw LoadTestingError(
        .exhausted, "the poller takes no socket", remedy: "raise the limit of open files (ulimit -n)")
    }
  }
  deinit { buffer.deallocate() }

  func run(isInterrupted: () -> Bool, onSecond: (MirrorSecond) -> Void) -> MirrorResult {
    Monotonic.wakePunctually()
    let start = Monotonic.now()
    let end = settings.duration.map { start &+ $0.nanoseconds } ?? .max
    var stopAt: Int64?
    var second = 0
    var now = start
    var shadowEvents: [Poller.Event] = []
    while true {
      if stopAt == nil, now >= end || isInterrupted() {
        stopAt = now &+ Self.grace
        listener.stopListening()
      }
      if let stopAt {
        closeIdle()
        if openSessions == 0, shadows.isIdle && ledger.waiting == 0 { break }
        if now >= stopAt { break }
      } else if mayAccept {
        acceptClients()
      }
      var wait = Self.longestWait
      if !queued.isEmpty || shadows.hasUnread || (mayAccept && stopAt == nil && openSessions < settings.clients) {
        wait = 0
      }
      if ledger.waiting > 0 { wait = min(wait, shadows.canTake(now) ? 0 : 10_000_000) }
      if stopAt != nil { wait = min(wait, 10_000_000) }
      let count = poller.wait(nanoseconds: wait)
      now = Monotonic.now()
      shadowEvents.removeAll(keepingCapacity: true)
      for i in 0..<count {
        let event = poller.event(i)
        if event.token >> 62 == Side.shadow.rawValue {
          shadowEvents.append(event)
        } else if event.token >> 62 == Side.listener.rawValue {
          mayAccept = true
        } else {
          take(event, now)
        }
      }
      takeTurns(now)
      shadows.readOn(buffer, Self.bufferSize, poller, ledger, now)
      for event in shadowEvents { shadows.take(event, buffer, Self.bufferSize, poller, ledger, now) }
      shadows.dispatch(poller, ledger, now)
      shadows.expire(poller, ledger, now)
      endLingering(now)
      if now &- start >= Int64(second + 1) * 1_000_000_000 {
        second = Int((now &- start) / 1_000_000_000)
        let so = ledger.result
        onSecond(
          MirrorSecond(
            second: second, requests: so.requests, mirrored: so.mirrored, dropped: so.dropped,
            connections: openSessions, waiting: ledger.waiting))
      }
    }
    for index in sessions.indices where sessions[index] != nil { close(index, resets: false) }
    shadows.end()
    var result = ledger.report()
    result.duration = .nanoseconds(now &- start)
    return result
  }

  // MARK: Clients

  private func acceptClients() {
    for _ in 0..<Self.acceptsATurn {
      guard openSessions < settings.clients else { return }
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
      let session = Session(client: client)
      sessions[index] = session
      openSessions += 1
      ledger.connectionOpened()
      guard poller.add(client, token: Self.token(.client, index, generations[index])) else {
        close(index, resets: true)
        continue
      }
      session.back.isWritable = true
      guard let service = Stream.connecting(to: first),
        poller.add(service, token: Self.token(.service, index, generations[index]))
      else {
        refuse(index, Monotonic.now())
        continue
      }
      session.service = service
    }
  }

  private func take(_ event: Poller.Event, _ now: Int64) {
    let index = Int(event.token & 0xFFFF_FFFF)
    guard index < sessions.count, let session = sessions[index],
      UInt32(truncatingIfNeeded: event.token >> 32) & 0x3FFF_FFFF == generations[index] & 0x3FFF_FFFF
    else { return }
    let isClient = event.token >> 62 == Side.client.rawValue
    if isClient {
      if event.isReadable || event.isClosed { session.forth.isReadable = !session.forth.hasEnded }
      if event.isWritable { session.back.isWritable = true }
    } else {
      guard let service = session.service else { return }
      if !session.isConnected {
        if service.connectFailure() != nil {
          service.end()
          session.service = nil
          refuse(index, now)
          return
        }
        guard event.isWritable else { return }
        session.isConnected = true
      }
      if event.isReadable || event.isClosed { session.back.isReadable = !session.back.hasEnded }
      if event.isWritable { session.forth.isWritable = true }
    }
    move(index, session, now)
  }

  /// Gives those another turn that had more to do than one allows.
  private func takeTurns(_ now: Int64) {
    guard !queued.isEmpty else { return }
    let turns = queued
    queued.removeAll(keepingCapacity: true)
    for index in turns {
      guard let session = sessions[index], session.isQueued else { continue }
      session.isQueued = false
      move(index, session, now)
    }
  }

  // MARK: Passing on

  private func move(_ index: Int, _ session: Session, _ now: Int64) {
    if session.lingersUntil != nil { return discard(index, session) }
    guard session.isConnected, let service = session.service else { return }
    var reads = 0
    while true {
      var hasMoved = false
      // What the service says goes first: somebody waits for it.
      switch advance(&session.back, from: service, to: session.client, session, isAnswer: true, now) {
      case .moved: hasMoved = true
      case .broken: return close(index, resets: true)
      case .still: break
      }
      switch advance(&session.forth, from: session.client, to: service, session, isAnswer: false, now) {
      case .moved: hasMoved = true
      case .broken: return close(index, resets: true)
      case .still: break
      }
      if session.forth.step == .finished, session.back.step == .finished { return close(index, resets: false) }
      // Once the service has ended, what its client still says can reach nobody.
      guard hasMoved else { return }
      reads += 1
      if reads >= Self.readsATurn {
        if !session.isQueued {
          session.isQueued = true
          queued.append(index)
        }
        return
      }
    }
  }

  private enum Progress { case moved, still, broken }

  private func advance(
    _ pipe: inout RelayPipe, from source: Stream, to destination: Stream, _ session: Session, isAnswer: Bool,
    _ now: Int64
  ) -> Progress {
    switch pipe.step {
    case .rest, .finished: return .still
    case .write:
      let start = pipe.start
      let transfer = pipe.backlog.withUnsafeBufferPointer { bytes -> Transfer in
        bytes.baseAddress.map { destination.write($0 + start, bytes.count - start) } ?? .bytes(0)
      }
      switch transfer {
      case .bytes(let count): pipe.wrote(count)
      case .wait: pipe.isWritable = false
      case .end, .broken: return .broken
      }
      return .moved
    case .endWriting:
      destination.endWriting()
      pipe.passedEnd()
      return .moved
    case .read:
      if !isAnswer, session.observer.underWay >= Self.mostPipelined { return .still }
      switch source.read(into: buffer, Self.bufferSize) {
      case .wait:
        pipe.isReadable = false
        return .still
      case .end:
        if isAnswer { session.observer.serviceEnded(now, ledger) }
        pipe.ended()
        return .moved
      case .broken: return .broken
      case .bytes(let count):
        // Passed on first, looked at afterwards.
        var written = 0
        switch destination.write(buffer, count) {
        case .bytes(let n): written = n
        case .wait: break
        case .end, .broken: return .broken
        }
        pipe.passed(written, of: buffer, count)
        if isAnswer {
          session.observer.serviceSent(buffer, count, now, ledger)
          ledger.passed(bytesFromClient: 0, bytesFromService: count)
        } else {
          session.observer.clientSent(buffer, count, now, ledger)
          ledger.passed(bytesFromClient: count, bytesFromService: 0)
        }
        return .moved
      }
    }
  }

  // MARK: Ends

  /// The first service takes no connection: its client is told so in HTTP.
  private func refuse(_ index: Int, _ now: Int64) {
    guard let session = sessions[index] else { return }
    ledger.firstRefused()
    let text =
      "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nContent-Length: 41\r\nConnection: close\r\n\r\n"
      + "headroom: the service takes no connection"
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBufferPointer { $0.baseAddress.map { session.client.write($0, bytes.count) } }
    session.client.endWriting()
    // Closing with bytes unread would be a reset, which can overtake the answer.
    session.lingersUntil = now &+ 1_000_000_000
    lingering.append(index)
    discard(index, session)
  }

  private func discard(_ index: Int, _ session: Session) {
    for _ in 0..<Self.readsATurn {
      switch session.client.read(into: buffer, Self.bufferSize) {
      case .bytes: continue
      case .wait: return
      case .end, .broken: return close(index, resets: false)
      }
    }
  }

  private func endLingering(_ now: Int64) {
    guard !lingering.isEmpty else { return }
    lingering.removeAll { index in
      guard let until = sessions[index]?.lingersUntil else { return true }
      if now >= until { close(index, resets: false) }
      return now >= until
    }
  }

  /// Ends the connections on which nothing is under way.
  private func closeIdle() {
    for index in sessions.indices {
      guard let session = sessions[index] else { continue }
      if session.observer.isIdle, session.back.backlogCount == 0, session.forth.backlogCount == 0 {
        close(index, resets: false)
      }
    }
  }

  private func close(_ index: Int, resets: Bool) {
    guard let session = sessions[index] else { return }
    session.observer.connectionEnded(ledger)
    for stream in [session.client, session.service].compactMap({ $0 }) {
      if resets { stream.reset() } else { stream.end() }
    }
    sessions[index] = nil
    generations[index] &+= 1
    free.append(index)
    openSessions -= 1
    mayAccept = true
  }
}
