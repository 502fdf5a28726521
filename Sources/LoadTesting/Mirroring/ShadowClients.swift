import Quantities
import Wire

/// The connections to a mirror's second service. They take requests from the ledger when they have time, throw the
/// answers' content away, and bother nobody when the service is slow, dead or gone.
final class ShadowClients {
  private enum Phase { case closed, connecting, idle, writing, waiting }
  private struct Client {
    var phase = Phase.closed
    var stream = Stream(handle: -1)
    var generation: UInt32 = 0
    var parser = ResponseParser()
    var request: MirroredRequest?
    var written = 0
    var sentAt: Int64 = 0
    var deadline: Int64 = 0
    /// Requests answered on this connection.
    var served = 0
  }
  private var clients: [Client]
  private let endpoint: Endpoint
  private let timeout: Int64
  private var underWay = 0
  private var nextLook: Int64 = 0
  /// While the service takes no connection it is tried ever more seldom.
  private var mayConnectAt: Int64 = 0
  private var pause = shortestPause
  private static let shortestPause: Int64 = 50_000_000
  private static let longestPause: Int64 = 2_000_000_000
  /// Requests begun and reads done in one turn, so that clients of the first service never wait for long.
  private static let startsATurn = 16
  private static let readsATurn = 4
  /// Clients that had more to read than one turn allows.
  private var unread: [Int] = []

  init(_ endpoint: Endpoint, count: Int, timeout: Int64) {
    self.endpoint = endpoint
    self.timeout = timeout
    clients = Array(repeating: Client(), count: count)
  }

  var isIdle: Bool { underWay == 0 }
  /// Whether something is left to read without the poller's telling.
  var hasUnread: Bool { !unread.isEmpty }

  /// Whether a request could be begun now.
  func canTake(_ now: Int64) -> Bool {
    underWay < clients.count && (now >= mayConnectAt || clients.contains { $0.phase == .idle })
  }

  /// Begins what waits, as far as there are connections and time.
  func dispatch(_ poller: borrowing Poller, _ ledger: MirrorLedger, _ now: Int64) {
    var starts = 0
    while starts < Self.startsATurn, ledger.waiting > 0, underWay < clients.count {
      let index =
        clients.firstIndex { $0.phase == .idle }
        ?? (now >= mayConnectAt ? clients.firstIndex { $0.phase == .closed } : nil)
      guard let index, let request = ledger.next() else { return }
      starts += 1
      underWay += 1
      clients[index].request = request
      clients[index].written = 0
      clients[index].sentAt = now
      clients[index].deadline = now &+ timeout
      if clients[index].phase == .idle { write(index, ledger, now) } else { open(index, poller, ledger, now) }
    }
  }

  private func open(_ index: Int, _ poller: borrowing Poller, _ ledger: MirrorLedger, _ now: Int64) {
    guard let stream = Stream.connecting(to: endpoint) else { return fail(index, .connect, ledger, now) }
    clients[index].stream = stream
    clients[index].phase = .connecting
    clients[index].served = 0
    if !poller.add(stream, token: RelayToken(.shadow, index, clients[index].generation).bits) {
      fail(index, .connect, ledger, now)
    }
  }

  func take(
    _ event: Poller.Event, _ buffer: UnsafeMutablePointer<UInt8>, _ capacity: Int, _ poller: borrowing Poller,
    _ ledger: MirrorLedger, _ now: Int64
  ) {
    let token = RelayToken(event.token)
    let index = token.index
    let generation = clients[index].generation
    guard token.isOf(generation) else { return }
    switch clients[index].phase {
    case .closed: return
    case .connecting:
      if clients[index].stream.connectFailure() != nil { return fail(index, .connect, ledger, now) }
      guard event.isWritable else { return }
      pause = Self.shortestPause
      // Connecting is not what is compared: the first service's connection was open already.
      clients[index].sentAt = now
      write(index, ledger, now)
    case .writing: if event.isWritable { write(index, ledger, now) }
    case .idle, .waiting: break
    }
    guard event.isReadable || event.isClosed, clients[index].generation == generation else { return }
    read(index, buffer, capacity, poller, ledger, now)
  }

  /// Reads on where the last turn had to stop.
  func readOn(
    _ buffer: UnsafeMutablePointer<UInt8>, _ capacity: Int, _ poller: borrowing Poller, _ ledger: MirrorLedger,
    _ now: Int64
  ) {
    guard !unread.isEmpty else { return }
    let indices = unread
    unread = []
    for index in indices where clients[index].phase == .waiting || clients[index].phase == .idle {
      read(index, buffer, capacity, poller, ledger, now)
    }
  }

  private func write(_ index: Int, _ ledger: MirrorLedger, _ now: Int64) {
    guard let request = clients[index].request else { return }
    if clients[index].written == 0 { clients[index].parser.begin(isHead: request.isHead) }
    let done = clients[index].written
    let stream = clients[index].stream
    let transfer = request.bytes.withUnsafeBufferPointer { bytes -> Transfer in
      bytes.baseAddress.map { stream.write($0 + done, bytes.count - done) } ?? .bytes(0)
    }
    switch transfer {
    case .bytes(let count):
      clients[index].written += count
      clients[index].phase = clients[index].written < request.bytes.count ? .writing : .waiting
    case .wait: clients[index].phase = .writing
    case .end, .broken:
      // What it has sent before may still be an answer; the poller has told, or will tell, of it.
      clients[index].phase = .waiting
    }
  }

  private func read(
    _ index: Int, _ buffer: UnsafeMutablePointer<UInt8>, _ capacity: Int, _ poller: borrowing Poller,
    _ ledger: MirrorLedger, _ now: Int64
  ) {
    // A service that floods is ended by its timeout; until then a few reads a turn are all that it gets.
    for turn in 0... {
      if turn == Self.readsATurn {
        unread.append(index)
        return
      }
      switch clients[index].stream.read(into: buffer, capacity) {
      case .wait: return
      case .bytes(let count):
        guard clients[index].request != nil else { return close(index) }
        var offset = 0
        parsing: while true {
          switch clients[index].parser.step(buffer, count, from: &offset) {
          case .body: continue
          case .needsMore: break parsing
          case .malformed: return fail(index, .malformed, ledger, now)
          case .complete:
            return finish(index, keeps: clients[index].parser.keepsAlive && offset == count, ledger, now)
          }
        }
      case .end:
        guard clients[index].request != nil else { return close(index) }
        if clients[index].parser.end() == .complete { return finish(index, keeps: false, ledger, now) }
        return lose(index, .incomplete, poller, ledger, now)
      case .broken:
        guard clients[index].request != nil else { return close(index) }
        return lose(index, .reset, poller, ledger, now)
      }
    }
  }

  /// An idle connection that the service had closed before the request came is none of the request's fault: it is asked
  /// once more on a fresh one.
  private func lose(
    _ index: Int, _ failure: MirrorLedger.ShadowFailure, _ poller: borrowing Poller, _ ledger: MirrorLedger,
    _ now: Int64
  ) {
    guard clients[index].served > 0, !clients[index].parser.hasBegun else { return fail(index, failure, ledger, now) }
    close(index)
    clients[index].written = 0
    clients[index].sentAt = now
    open(index, poller, ledger, now)
  }

  private func finish(_ index: Int, keeps: Bool, _ ledger: MirrorLedger, _ now: Int64) {
    guard let request = clients[index].request else { return }
    ledger.shadowAnswered(request, status: clients[index].parser.status, latency: now &- clients[index].sentAt)
    clients[index].request = nil
    clients[index].served += 1
    underWay -= 1
    // An answer before the request was written leaves a connection in the middle of it.
    if keeps, clients[index].phase == .waiting { clients[index].phase = .idle } else { close(index) }
  }

  private func fail(_ index: Int, _ failure: MirrorLedger.ShadowFailure, _ ledger: MirrorLedger, _ now: Int64) {
    if case .connect = failure {
      mayConnectAt = now &+ pause
      pause = min(Self.longestPause, pause &* 2)
    }
    close(index)
    guard let request = clients[index].request else { return }
    clients[index].request = nil
    underWay -= 1
    ledger.shadowFailed(request, failure)
  }

  /// Gives up what has taken too long. Looked for twenty times a second.
  func expire(_ poller: borrowing Poller, _ ledger: MirrorLedger, _ now: Int64) {
    guard underWay > 0, now >= nextLook else { return }
    nextLook = now &+ 50_000_000
    for index in clients.indices where clients[index].request != nil && clients[index].deadline <= now {
      fail(index, clients[index].phase == .connecting ? .connect : .timeout, ledger, now)
    }
  }

  private func close(_ index: Int) {
    guard clients[index].phase != .closed else { return }
    clients[index].stream.end()
    clients[index].phase = .closed
    clients[index].generation &+= 1
  }

  func end() {
    for index in clients.indices { close(index) }
  }
}
