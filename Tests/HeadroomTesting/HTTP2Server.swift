import Glibc
import Synchronization

/// An HTTP/2 server on the loopback, prior knowledge, that misbehaves as it is told and counts what it did.
public final class HTTP2Server: Sendable {
  /// What happens to a request.
  public enum Act: Sendable, Hashable {
    case answer(status: Int, body: String)
    /// 100 and 103 first.
    case informAndAnswer
    /// RST_STREAM with a code of RFC 9113, 7: 7 is REFUSED_STREAM, 8 is CANCEL, 2 is INTERNAL_ERROR.
    case reset(code: UInt32)
    case stall
    /// GOAWAY that leaves this request and later ones unseen; the connection ends with the earlier ones.
    case goAwayBefore
    /// GOAWAY, and an answer all the same.
    case answerAndGoAway
    /// The end of the connection, proper or by a reset.
    case end
    case breakOff
    /// Bytes that are no frame.
    case garbage
    /// More content than its `content-length` says.
    case wrongLength
    /// A stream of so many tokens: the first after a while, the others at a pace. Seconds.
    case tokens(Int, first: Double, gap: Double)
    /// gRPC: so many messages of a size, then a status.
    case messages(Int, size: Int, status: Int)
    /// gRPC: a status in the head and nothing else.
    case trailersOnly(status: Int)
    /// gRPC: a message and no status.
    case messageWithoutStatus
    /// gRPC: a message that ends early, and a status.
    case brokenMessage
  }

  private struct State {
    var acts: [Act: Int] = [:]
    var requests = 0
    var mostAtATime = 0
    var bodyBytes = 0
    var cancelled = 0
    var last: [(name: String, value: String)] = []
    var books: [Book] = []
    var connections = 0
  }
  /// What the server saw and did of one request.
  public struct Book: Sendable {
    public var body = ""
    public var path = ""
    /// Which connection it came over, from 0, and how many waited for an answer on that one, itself included.
    public var connection = 0
    public var atATime = 0
    /// When each piece of a stream of tokens went out, in nanoseconds of the monotonic clock: not before, not after.
    public var sent: [ClosedRange<Int64>] = []
  }
  private let state = Mutex(State())
  private let base: LoopbackServer
  private let limit: UInt32
  private let act: @Sendable (Int) -> Act

  /// - Parameters:
  ///   - limit: the streams that a connection is allowed at a time.
  ///   - act: what happens to a request; they are counted from 0.
  public init(limit: UInt32 = 100, act: @escaping @Sendable (Int) -> Act) throws {
    self.limit = limit
    self.act = act
    base = try LoopbackServer()
    base.start { [self] in Service(self, $0).run() }
  }

  public var port: Int { base.port }
  public var url: String { "http://127.0.0.1:\(port)/" }
  public var books: [Book] { state.withLock { $0.books } }
  public var acts: [Act: Int] { state.withLock { $0.acts } }
  public var requests: Int { state.withLock { $0.requests } }
  public var accepted: Int { base.accepted }
  /// The most requests that waited for an answer on one connection.
  public var mostAtATime: Int { state.withLock { $0.mostAtATime } }
  /// Bytes of content of all requests.
  public var bodyBytes: Int { state.withLock { $0.bodyBytes } }
  /// Requests that the client gave up.
  public var cancelled: Int { state.withLock { $0.cancelled } }
  /// The fields of the last request.
  public var lastFields: [(name: String, value: String)] { state.withLock { $0.last } }

  public func stop() { base.stop() }

  /// One connection, on its own thread.
  private final class Service {
    let server: HTTP2Server
    let handle: Int32
    var due: [(time: Int64, work: (HTTP2Peer) -> Void)] = []
    var underWay: Set<Int32> = []
    var endsNow = false
    var breaksOff = false
    var raw: [UInt8] = []
    /// Requests whose pieces of a stream go out with the next writing, and since when.
    var going: [(book: Int, since: Int64)] = []
    let number: Int

    init(_ server: HTTP2Server, _ handle: Int32) {
      self.server = server
      number = server.state.withLock { state in
        state.connections += 1
        return state.connections - 1
      }
      self.handle = handle
    }

    func run() {
      let peer = HTTP2Peer(limit: server.limit) { [unowned self] peer, request in take(peer, request) }
      var buffer = [UInt8](repeating: 0, count: 65_536)
      guard write(peer.output()) else { return }
      while true {
        let now = monotonicNow()
        let wait = due.map { max(0, ($0.time - now) / 1_000_000 + ($0.time > now ? 1 : 0)) }.min() ?? 1000
        var poll = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
        let count = Glibc.poll(&poll, 1, Int32(clamping: wait))
        if count > 0 {
          let n = recv(handle, &buffer, buffer.count, 0)
          guard n > 0, peer.receive(Array(buffer[..<n])) else { break }
        }
        let later = monotonicNow()
        let ready = due.filter { $0.time <= later }
        due.removeAll { $0.time <= later }
        for item in ready { item.work(peer) }
        guard write(peer.output() + raw) else { break }
        raw = []
        if !going.isEmpty {
          let after = monotonicNow()
          server.state.withLock { state in
            for piece in going { state.books[piece.book].sent.append(piece.since...after) }
          }
          going = []
        }
        server.state.withLock { $0.cancelled += peer.resets.count - counted }
        counted = peer.resets.count
        if endsNow {
          // What the client has sent meanwhile would make a reset of the end, were it not read.
          if !breaksOff { shutdown(handle, Int32(SHUT_WR)) }
          while !breaksOff, recv(handle, &buffer, buffer.count, 0) > 0 {}
          break
        }
        guard peer.isAlive else { break }
      }
    }
    private var counted = 0

    func take(_ peer: HTTP2Peer, _ request: HTTP2Peer.Request) {
      let stream = request.stream
      underWay.insert(stream)
      let atATime = underWay.count
      let number = server.state.withLock { state in
        state.requests += 1
        state.bodyBytes += request.body.count
        state.mostAtATime = max(state.mostAtATime, atATime)
        state.last = request.fields
        var book = Book(body: String(decoding: request.body, as: UTF8.self), path: request[":path"] ?? "")
        book.connection = self.number
        book.atATime = atATime
        state.books.append(book)
        return state.requests - 1
      }
      let act = server.act(number)
      server.state.withLock { $0.acts[act, default: 0] += 1 }
      perform(act, peer, stream, number)
    }

    private func later(_ seconds: Double, _ work: @escaping (HTTP2Peer) -> Void) {
      due.append((monotonicNow() + Int64(seconds * 1e9), work))
    }

    private func perform(_ act: Act, _ peer: HTTP2Peer, _ stream: Int32, _ book: Int) {
      let done = { [unowned self] in _ = underWay.remove(stream) }
      switch act {
      case .answer(let status, let body):
        // After all that came with this request: so many are really under way at a time.
        later(0) { peer in
          peer.answer(stream, status: status, body: Array(body.utf8))
          done()
        }
      case .informAndAnswer:
        peer.inform(stream, status: 100)
        peer.inform(stream, status: 103)
        peer.answer(stream, body: Array("ok".utf8))
        done()
      case .reset(let code):
        peer.reset(stream, code: code)
        done()
      case .stall: break
      case .goAwayBefore:
        peer.goAway(last: max(0, stream - 2))
        done()
      case .answerAndGoAway:
        peer.answer(stream, body: Array("ok".utf8))
        peer.goAway(last: stream)
        done()
      case .end: endsNow = true
      case .breakOff:
        resetOnClose(handle)
        breaksOff = true
        endsNow = true
      case .garbage:
        raw = [0, 0, 4, 0x03, 0, 0, 0, 0, 0, 1, 2, 3, 4] + Array(repeating: 0xEE, count: 64)
        done()
      case .wrongLength:
        peer.answer(stream, fields: [("content-length", "1")], body: Array("more".utf8))
        done()
      case .tokens(let count, let first, let gap): sendTokens(count, first, gap, peer, stream, book)
      case .messages(let count, let size, let status):
        peer.begin(stream, fields: [("content-type", "application/grpc")])
        for _ in 0..<count { peer.send(stream, Self.framed(size)) }
        peer.finish(stream, trailers: [("grpc-status", "\(status)")])
        done()
      case .trailersOnly(let status):
        peer.answerWithHead(stream, fields: [("content-type", "application/grpc"), ("grpc-status", "\(status)")])
        done()
      case .messageWithoutStatus:
        peer.answer(stream, fields: [("content-type", "application/grpc")], body: Self.framed(3))
        done()
      case .brokenMessage:
        peer.answer(
          stream, fields: [("content-type", "application/grpc")], body: Array(Self.framed(9).dropLast(2)),
          trailers: [("grpc-status", "0")])
        done()
      }
    }

    private func sendTokens(
      _ count: Int, _ first: Double, _ gap: Double, _ peer: HTTP2Peer, _ stream: Int32, _ book: Int
    ) {
      peer.begin(stream, fields: [("content-type", "text/event-stream; charset=utf-8")])
      peer.send(stream, Array("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n".utf8))
      for token in 0..<count {
        later(first + gap * Double(token)) { [unowned self] peer in
          going.append((book, monotonicNow()))
          peer.send(stream, Array("data: {\"choices\":[{\"delta\":{\"content\":\"\(token) \"}}]}\n\n".utf8))
        }
      }
      later(first + gap * Double(max(0, count - 1))) { [unowned self] peer in
        peer.send(stream, Array("data: {\"choices\":[],\"usage\":{\"completion_tokens\":\(count)}}\n\n".utf8))
        peer.send(stream, Array("data: [DONE]\n\n".utf8))
        peer.finish(stream)
        underWay.remove(stream)
      }
    }

    private static func framed(_ size: Int) -> [UInt8] {
      let n = UInt32(size).bigEndian
      return [0] + withUnsafeBytes(of: n) { Array($0) } + [UInt8](repeating: 7, count: size)
    }
    private func write(_ bytes: [UInt8]) -> Bool { sendAll(bytes, to: handle) }
  }
}
