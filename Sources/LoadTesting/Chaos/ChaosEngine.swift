import Glibc
import Quantities
import Wire

/// Moves a faulty network's bytes, on one thread over epoll. What may go when is decided by ``FaultPipe`` and
/// ``FaultSchedule``; here are the sockets, the clock and the signals.
final class ChaosEngine {
  final class Session {
    var client: Stream
    var service: Stream?
    var isConnected = false
    var forth: FaultPipe
    var back: FaultPipe
    /// Decides whether faults reset this connection.
    var random: RandomStream
    var wakeAt = Int64.max
    var isQueued = false
    init(client: Stream, seed: UInt64, number: Int) {
      self.client = client
      forth = FaultPipe(random: RandomStream(seed: seed, item: UInt64(number) &* 3))
      back = FaultPipe(random: RandomStream(seed: seed, item: UInt64(number) &* 3 &+ 1))
      random = RandomStream(seed: seed, item: UInt64(number) &* 3 &+ 2)
    }
  }

  private static let bufferSize = 65_536
  private static let readsATurn = 8
  private static let acceptsATurn = 128
  private static let longestWait: Int64 = 50_000_000

  private let proxy: ChaosProxy
  private let poller: Poller
  private let buffer: UnsafeMutablePointer<UInt8>
  private var sessions: [Session?] = []
  private var generations: [UInt32] = []
  private var free: [Int] = []
  private var queued: [Int] = []
  private var wakes = WakeHeap()
  private var open = 0
  private var mayAccept = true
  private var toxics = Toxics()
  private var result = ChaosResult()
  /// Processes that were stopped last, not continued.
  private var stopped: Set<Int> = []

  init(_ proxy: ChaosProxy) throws(LoadTestingError) {
    self.proxy = proxy
    do {
      poller = try Poller(capacity: 512)
    } catch {
      throw LoadTestingError(.exhausted, error.problem, remedy: error.remedy)
    }
    buffer = .allocate(capacity: Self.bufferSize)
    buffer.initialize(repeating: 0, count: Self.bufferSize)
    result.entries = proxy.settings.schedule.faults.map { ChaosResult.Entry(fault: $0) }
    OpenFiles.allowMost()
    guard poller.add(proxy.listener, token: MirrorEngine.token(.listener, 0, 0)) else {
      throw LoadTestingError(
        .exhausted, "the poller takes no socket", remedy: "raise the limit of open files (ulimit -n)")
    }
  }
  deinit { buffer.deallocate() }

  func run(startedAt: () -> Int64?, isInterrupted: () -> Bool, onFault: (String) -> Void) -> ChaosResult {
    Monotonic.wakePunctually()
    let began = Monotonic.now()
    var started: Int64?
    var now = began
    while true {
      if started == nil { started = startedAt() }
      if isInterrupted() { break }
      var nextChange = Int64.max
      if let started {
        if let duration = proxy.settings.duration, now &- started >= duration.nanoseconds { break }
        nextChange = turn(now, from: started, onFault)
      }
      if mayAccept { acceptClients(now) }
      var wait = min(Self.longestWait, nextChange &- now)
      if started == nil { wait = min(wait, 1_000_000) }
      if let wake = wakes.first { wait = min(wait, wake &- now) }
      if !queued.isEmpty || (mayAccept && open < proxy.settings.clients) { wait = 0 }
      let count = poller.wait(nanoseconds: max(0, wait))
      now = Monotonic.now()
      for i in 0..<count { take(poller.event(i), now) }
      while let wake = wakes.popDue(now) {
        guard let session = sessions[wake.index], generations[wake.index] == wake.generation else { continue }
        session.wakeAt = .max
        move(wake.index, session, now)
      }
      takeTurns(now)
    }
    for index in sessions.indices where sessions[index] != nil { close(index, resets: false) }
    // Whatever stopped a process lets it go on: nobody finds it frozen after the test.
    for pid in stopped.sorted() where proxy.processes[pid]?.send(SIGCONT) == true { result.resumed.append(pid) }
    result.duration = .nanoseconds(now &- (started ?? began))
    return result
  }

  // MARK: Faults

  /// Which faults have begun and ended.
  private var position = 0
  private var ends: [(time: Duration, fault: Fault)] = []

  /// Lets begin and end what is due; gives back when something is next.
  private func turn(_ now: Int64, from start: Int64, _ onFault: (String) -> Void) -> Int64 {
    let time = Duration.nanoseconds(now &- start)
    let faults = proxy.settings.schedule.faults
    var hasChanged = false
    while position < faults.count, faults[position].start <= time {
      begin(position, onFault)
      if let end = faults[position].end { ends.append((end, faults[position])) }
      position += 1
      hasChanged = true
    }
    for (_, fault) in ends.filter({ $0.time <= time }) { onFault("ended: \(fault)") }
    if ends.contains(where: { $0.time <= time }) {
      ends.removeAll { $0.time <= time }
      hasChanged = true
    }
    if hasChanged {
      toxics = proxy.settings.schedule.toxics(at: time)
      for index in sessions.indices {
        if let session = sessions[index] { move(index, session, now) }
      }
    }
    let times = ends.map(\.time) + (position < faults.count ? [faults[position].start] : [])
    return times.min().map { start &+ $0.nanoseconds } ?? .max
  }

  private func begin(_ place: Int, _ onFault: (String) -> Void) {
    let fault = proxy.settings.schedule.faults[place]
    switch fault.kind {
    case .signal(let signal, let pid):
      let number =
        switch signal {
        case .stop: SIGSTOP
        case .resume: SIGCONT
        case .terminate: SIGTERM
        case .kill: SIGKILL
        }
      let isSent = proxy.processes[pid]?.send(number) ?? false
      result.entries[place].hasHappened = isSent
      if isSent, signal == .stop { stopped.insert(pid) } else { stopped.remove(pid) }
      onFault(isSent ? "sent: \(fault)" : "not sent, the process has ended: \(fault)")
    case .toxics(let toxics):
      result.entries[place].hasHappened = true
      for index in sessions.indices {
        guard let session = sessions[index] else { continue }
        if toxics.resets > 0, session.random.uniform() < toxics.resets {
          result.entries[place].resets += 1
          result.resets += 1
          close(index, resets: true)
        } else if toxics.swallows, !session.back.isSwallowing {
          result.entries[place].swallowed += 1
          swallow(session)
        }
      }
      onFault("begun: \(fault)")
    }
  }

  private func swallow(_ session: Session) {
    result.swallowed += 1
    session.forth.swallow()
    session.back.swallow()
  }

  // MARK: Clients

  private func acceptClients(_ now: Int64) {
    for _ in 0..<Self.acceptsATurn {
      guard open < proxy.settings.clients else { return }
      guard let client = proxy.listener.accept() else {
        mayAccept = false
        return
      }
      let index = free.popLast() ?? sessions.count
      if index == sessions.count {
        sessions.append(nil)
        generations.append(0)
      }
      let session = Session(client: client, seed: proxy.settings.seed, number: result.connections)
      sessions[index] = session
      open += 1
      result.connections += 1
      if toxics.resets > 0, session.random.uniform() < toxics.resets {
        result.resets += 1
        note { $0.resets > 0 ? \.resets : nil }
        close(index, resets: true)
        continue
      }
      guard poller.add(client, token: MirrorEngine.token(.client, index, generations[index])) else {
        close(index, resets: true)
        continue
      }
      session.back.isWritable = true
      if toxics.swallows {
        note { $0.swallows ? \.swallowed : nil }
        swallow(session)
        continue
      }
      guard let service = Stream.connecting(to: proxy.service),
        poller.add(service, token: MirrorEngine.token(.service, index, generations[index]))
      else {
        result.refused += 1
        close(index, resets: true)
        continue
      }
      session.service = service
    }
  }

  /// Counts a new connection under the faults that go on and concern it.
  private func note(_ choose: (Toxics) -> WritableKeyPath<ChaosResult.Entry, Int>?) {
    for place in 0..<position {
      guard case .toxics(let toxics) = result.entries[place].fault.kind, let path = choose(toxics),
        result.entries[place].fault.end == nil || ends.contains(where: { $0.fault == result.entries[place].fault })
      else { continue }
      result.entries[place][keyPath: path] += 1
    }
  }

  private func take(_ event: Poller.Event, _ now: Int64) {
    let side = event.token >> 62
    guard side != MirrorEngine.Side.listener.rawValue else {
      mayAccept = true
      return
    }
    let index = Int(event.token & 0xFFFF_FFFF)
    guard index < sessions.count, let session = sessions[index],
      UInt32(truncatingIfNeeded: event.token >> 32) & 0x3FFF_FFFF == generations[index] & 0x3FFF_FFFF
    else { return }
    if side == MirrorEngine.Side.client.rawValue {
      if event.isReadable || event.isClosed { session.forth.isReadable = !session.forth.hasEnded }
      if event.isWritable { session.back.isWritable = true }
    } else {
      guard let service = session.service else { return }
      if !session.isConnected {
        if service.connectFailure() != nil {
          result.refused += 1
          return close(index, resets: true)
        }
        guard event.isWritable else { return }
        session.isConnected = true
      }
      if event.isReadable || event.isClosed { session.back.isReadable = !session.back.hasEnded }
      if event.isWritable { session.forth.isWritable = true }
    }
    move(index, session, now)
  }

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

  private enum Progress { case moved, still, broken, over }

  private func move(_ index: Int, _ session: Session, _ now: Int64) {
    var turns = 0
    while true {
      var hasMoved = false
      var wake = Int64.max
      for delays in [true, false] {
        let progress =
          delays
          ? advance(&session.back, from: session.service, to: session.client, delays: true, now, &wake)
          : advance(&session.forth, from: session.client, to: session.service, delays: false, now, &wake)
        switch progress {
        case .moved: hasMoved = true
        case .broken: return close(index, resets: true)
        case .over: return close(index, resets: false)
        case .still: break
        }
      }
      if session.forth.hasPassedEnd, session.back.hasPassedEnd { return close(index, resets: false) }
      guard hasMoved else {
        if wake < session.wakeAt {
          session.wakeAt = wake
          wakes.add(WakeHeap.Wake(time: wake, index: index, generation: generations[index]))
        }
        return
      }
      turns += 1
      if turns >= Self.readsATurn {
        if !session.isQueued {
          session.isQueued = true
          queued.append(index)
        }
        return
      }
    }
  }

  private func advance(
    _ pipe: inout FaultPipe, from source: Stream?, to destination: Stream?, delays: Bool, _ now: Int64,
    _ wake: inout Int64
  ) -> Progress {
    guard let source else { return .still }
    switch pipe.step(now, toxics) {
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
      case .bytes(let written):
        pipe.wrote(written, now, toxics)
        if written < count { pipe.isWritable = false }
      case .wait: pipe.isWritable = false
      case .end, .broken: return .broken
      }
      return .moved
    case .read:
      switch source.read(into: buffer, Self.bufferSize) {
      case .wait:
        pipe.isReadable = false
        // What has been read before may still wait for its time.
        return .moved
      case .bytes(let count):
        pipe.took(buffer, count, now, toxics, delays: delays)
        return .moved
      case .end:
        if pipe.isSwallowing { return .over }
        pipe.ended(now, toxics)
        return .moved
      case .broken: return pipe.isSwallowing ? .over : .broken
      }
    }
  }

  private func close(_ index: Int, resets: Bool) {
    guard let session = sessions[index] else { return }
    result.bytesToService += session.forth.bytesPassed
    result.bytesToClients += session.back.bytesPassed
    result.bytesSwallowed += session.forth.bytesSwallowed + session.back.bytesSwallowed
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
