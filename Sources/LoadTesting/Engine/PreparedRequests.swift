import Glibc
import Wire

/// The requests with holes of a test, and for each connection the bytes of the one that is on it.
final class PreparedRequests {
  private let requests: [PreparedRequest?]
  private var stores: UnsafeMutablePointer<ByteStore>?
  private var count = 0
  private var scratch = ByteStore(capacity: 1024)

  init(_ requests: [PreparedRequest?]) { self.requests = requests }
  deinit {
    scratch.end()
    for i in 0..<count { stores?[i].end() }
    stores?.deallocate()
  }

  /// Makes room for the connections of an engine.
  func makeRoom(for connections: Int) {
    precondition(stores == nil, "a set of prepared requests belongs to one engine")
    let fresh = UnsafeMutablePointer<ByteStore>.allocate(capacity: connections)
    for i in 0..<connections { (fresh + i).initialize(to: ByteStore()) }
    stores = fresh
    count = connections
  }

  /// Fills a request by its own rows, for a connection.
  /// - Parameter number: how many requests of the test came before.
  func fill(_ request: Int, number: Int, on connection: Int) {
    guard let prepared = requests[request], let stores else { return }
    prepared.fill(number: number, now: Self.now(), into: &stores[connection], scratch: &scratch)
  }
  /// Fills a request as a session has it.
  /// - Parameter cookies: what goes with a request to a path.
  func fill(
    _ request: Int, _ filling: inout TextTemplate.Filling, on connection: Int,
    cookies: ((UnsafeBufferPointer<UInt8>) -> [UInt8])? = nil
  ) {
    guard let prepared = requests[request], let stores else { return }
    prepared.fill(&filling, into: &stores[connection], scratch: &scratch, cookies: cookies)
  }
  /// Fills a request that is none of the set's: where a redirect leads.
  func fill(_ prepared: PreparedRequest, _ filling: inout TextTemplate.Filling, on connection: Int) {
    guard let stores else { return }
    prepared.fill(&filling, into: &stores[connection], scratch: &scratch)
  }

  /// The path of what is on a connection.
  func path(on connection: Int) -> UnsafeBufferPointer<UInt8>? {
    stores.map { PreparedRequest.path(of: $0[connection].view) }
  }

  /// What is on a connection; nil where its request is none of these.
  func bytes(_ request: Int, on connection: Int) -> UnsafeBufferPointer<UInt8>? {
    guard requests[request] != nil, let stores else { return nil }
    return stores[connection].view
  }
  /// The same as HTTP/2 has it, for a session to copy.
  func overHTTP2(_ request: Int, on connection: Int, isSecure: Bool) -> HTTP2Request? {
    guard requests[request] != nil, let stores else { return nil }
    return HTTP2Request(stores[connection].bytes, stores[connection].count, isSecure: isSecure, isCopied: true)
  }
  /// Milliseconds since 1970, as the system's clock has it.
  static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
