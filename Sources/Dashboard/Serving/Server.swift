import CMicroHTTPD
import Glibc
import Synchronization

/// The dashboard on a socket: libmicrohttpd takes requests apart, the site answers them.
public final class Server: Sendable {
  public struct Options: Sendable {
    public var address: ListenAddress
    /// The largest body that is read, in bytes.
    public var bodyLimit = 1 << 20
    /// Connections at the same time.
    public var connections = 1000
    /// How long a request may take to arrive, and a connection to lie idle, in seconds.
    public var patience = 30.0
    /// PEM texts; empty without TLS.
    public var key = ""
    public var certificate = ""
    /// PEM texts of the authorities whose certificates clients must show; empty where none is asked for.
    public var authorities = ""
    public init(address: ListenAddress) { self.address = address }
    public var isEncrypted: Bool { !key.isEmpty }
  }

  /// Where it answers: `http://127.0.0.1:8080/`.
  public let address: String
  private let core: ServerCore
  /// The daemon's address: a pointer is no Sendable.
  private let daemon: Mutex<UInt>
  private let socket: Int32

  /// Listens and answers from here on.
  ///
  /// - Throws: ``DashboardError`` where that cannot be.
  public init(_ site: Site, _ options: Options) throws(DashboardError) {
    let isGuarded = !site.settings.door.keys.isEmpty
    guard options.address.isLoopback || isGuarded else {
      throw DashboardError(
        .unguarded, "others reach \(options.address.name), and nothing keeps them out",
        remedy: "give --token-file FILE or --client-authorities FILE, or listen at 127.0.0.1")
    }
    guard headroom_http_load() else {
      throw DashboardError(
        .noLibrary, "libmicrohttpd could not be loaded", remedy: "install it (Debian: apt-get install libmicrohttpd12)")
    }
    let (socket, port) = try options.address.listen()
    let core = ServerCore(site, bodyLimit: options.bodyLimit, patience: options.patience)
    let context = Unmanaged.passUnretained(core).toOpaque()
    let started = Self.start(options, socket, context)
    guard let started else {
      close(socket)
      throw DashboardError(
        options.isEncrypted ? .badKey : .notStarted,
        options.isEncrypted ? "the TLS key and certificate cannot be used" : "the server did not start",
        remedy: options.isEncrypted
          ? "give PEM files that belong together: --tls-key FILE --tls-certificate FILE"
          : "try again, or choose another address")
    }
    self.core = core
    self.socket = socket
    daemon = Mutex(UInt(bitPattern: started))
    address = "\(options.isEncrypted ? "https" : "http")://\(options.address.name):\(port)/"
    _ = Thread.start { core.watch() }
  }

  private static func start(
    _ options: Options, _ socket: Int32, _ context: UnsafeMutableRawPointer
  ) -> OpaquePointer? {
    func optional(_ text: String, _ body: (UnsafePointer<CChar>?) -> OpaquePointer?) -> OpaquePointer? {
      text.isEmpty ? body(nil) : text.withCString { body($0) }
    }
    return optional(options.key) { key in
      optional(options.certificate) { certificate in
        optional(options.authorities) { authorities in
          var settings = headroom_http_options(
            socket: socket, connections: UInt32(clamping: options.connections), idle_seconds: 20,
            header_bytes: 32 << 10, key: key, certificate: certificate, authorities: authorities)
          return headroom_http_start(
            &settings, ServerCore.handler, context, ServerCore.began, ServerCore.completed, ServerCore.connected)
        }
      }
    }
  }

  /// Takes nothing more, lets what is on its way be answered, and ends.
  /// - Parameter patience: seconds to wait for answers.
  public func stop(patience: Double = 5) {
    let pointer = daemon.withLock { daemon -> OpaquePointer? in
      defer { daemon = 0 }
      return OpaquePointer(bitPattern: daemon)
    }
    guard let pointer else { return }
    _ = headroom_http_quiesce(pointer)
    core.site.runs.close()
    var waited = 0.0
    while core.isBusy, waited < patience {
      Thread.sleep(seconds: 0.02)
      waited += 0.02
    }
    core.close()
    headroom_http_stop(pointer)
    close(socket)
  }

  deinit { stop(patience: 0) }
}

/// A request on its way in, from its first line to the end of its answer.
private final class Exchange {
  let target: String
  var isBegun = false
  var isAnswered = false
  var body: [UInt8] = []
  var isTooLarge = false
  init(_ target: String) { self.target = target }
}

/// What the callbacks of the library share.
final class ServerCore: Sendable {
  let site: Site
  let bodyLimit: Int
  private let open = Atomic<Int>(0)
  private let isClosed = Atomic<Bool>(false)
  private let sockets = Mutex<[Int32: (isAnswering: Bool, since: Double)]>([:])

  private let patience: Double

  init(_ site: Site, bodyLimit: Int, patience: Double) {
    self.site = site
    self.bodyLimit = bodyLimit
    self.patience = patience
  }

  var isBusy: Bool { open.load(ordering: .relaxed) > 0 }
  func close() { isClosed.store(true, ordering: .relaxed) }

  private static func core(_ context: UnsafeMutableRawPointer?) -> ServerCore? {
    context.map { Unmanaged<ServerCore>.fromOpaque($0).takeUnretainedValue() }
  }
  private static var seconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  // MARK: Slow clients

  /// Ends connections whose request does not arrive: the library's own timeout starts anew with every byte.
  func watch() {
    while !isClosed.load(ordering: .relaxed) {
      Thread.sleep(seconds: min(0.5, patience / 4))
      let now = Self.seconds
      sockets.withLock { sockets in
        for (socket, state) in sockets where !state.isAnswering && now - state.since > patience {
          shutdown(socket, Int32(SHUT_RDWR))
          sockets[socket]?.since = now
        }
      }
    }
  }

  private func set(_ socket: Int32, isAnswering: Bool) {
    let now = Self.seconds
    sockets.withLock { sockets in if sockets[socket] != nil { sockets[socket] = (isAnswering, now) } }
  }

  // MARK: Callbacks

  static let connected: MHD_NotifyConnectionCallback = { context, connection, _, event in
    guard let core = ServerCore.core(context), let connection else { return }
    let socket = headroom_http_socket(connection)
    if event.rawValue == 0 {
      let now = ServerCore.seconds
      core.sockets.withLock { $0[socket] = (false, now) }
      core.site.meters.connections.wrappingAdd(1, ordering: .relaxed)
    } else {
      core.sockets.withLock { $0[socket] = nil }
      core.site.meters.connections.wrappingSubtract(1, ordering: .relaxed)
    }
  }

  /// The request's first line is there; what this gives is the request's own state from here on.
  static let began:
    @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) ->
      UnsafeMutableRawPointer? = { context, uri, _ in
        ServerCore.core(context)?.open.wrappingAdd(1, ordering: .relaxed)
        let target = uri.map { String(cString: $0) } ?? ""
        return Unmanaged.passRetained(Exchange(target)).toOpaque()
      }

  static let completed: MHD_RequestCompletedCallback = { context, connection, state, _ in
    guard let core = ServerCore.core(context) else { return }
    if let exchange = state?.pointee {
      Unmanaged<Exchange>.fromOpaque(exchange).release()
      state?.pointee = nil
      core.open.wrappingSubtract(1, ordering: .relaxed)
    }
    if let connection { core.set(headroom_http_socket(connection), isAnswering: false) }
  }

  static let handler: MHD_AccessHandlerCallback = { context, connection, _, method, _, upload, size, state in
    guard let core = ServerCore.core(context), let connection, let method, let size, let state,
      let pointer = state.pointee
    else { return .NO }
    let exchange = Unmanaged<Exchange>.fromOpaque(pointer).takeUnretainedValue()
    if !exchange.isBegun {
      exchange.isBegun = true
      // What is said to be too long is not read at all.
      let headers = ServerCore.headers(connection)
      let length = headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } ?? 0
      guard length > core.bodyLimit else { return .YES }
      exchange.isAnswered = true
      return core.send(core.tooLarge, connection)
    }
    if size.pointee > 0 {
      if let upload, !exchange.isTooLarge {
        if exchange.body.count + size.pointee > core.bodyLimit {
          exchange.isTooLarge = true
          exchange.body = []
        } else {
          exchange.body.append(contentsOf: UnsafeRawBufferPointer(start: upload, count: size.pointee))
        }
      }
      size.pointee = 0
      return .YES
    }
    guard !exchange.isAnswered else { return .YES }
    exchange.isAnswered = true
    core.set(headroom_http_socket(connection), isAnswering: true)
    return core.send(core.response(exchange, String(cString: method), connection), connection)
  }

  private var tooLarge: Response {
    site.refusal(
      Problem(413, "Content too large", "A body holds at most \(bodyLimit >> 10) KiB here."))
  }

  private func response(_ exchange: Exchange, _ method: String, _ connection: OpaquePointer) -> Response {
    if exchange.isTooLarge { return tooLarge }
    let request = Request(
      method, exchange.target, headers: Self.headers(connection), body: exchange.body,
      client: Self.client(connection), isEncrypted: headroom_http_is_encrypted(connection),
      isCertified: headroom_http_is_certified(connection))
    guard let request else {
      return site.refusal(.badRequest("The address is badly encoded."))
    }
    return site.answer(request)
  }

  /// Gathers the headers of a request.
  private final class Headers {
    var fields: [Request.Field] = []
  }
  private static func headers(_ connection: OpaquePointer) -> [Request.Field] {
    let headers = Headers()
    _ = withExtendedLifetime(headers) {
      headroom_http_headers(
        connection,
        { context, _, name, value in
          guard let context, let name else { return .NO }
          Unmanaged<Headers>.fromOpaque(context).takeUnretainedValue().fields.append(
            Request.Field(String(cString: name), value.map { String(cString: $0) } ?? ""))
          return .YES
        }, Unmanaged.passUnretained(headers).toOpaque())
    }
    return headers.fields
  }

  private static func client(_ connection: OpaquePointer) -> String {
    guard let address = headroom_http_peer(connection) else { return "" }
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let isSix = address.pointee.sa_family == sa_family_t(AF_INET6)
    let size = isSix ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
    guard
      getnameinfo(address, socklen_t(size), &text, socklen_t(text.count), nil, 0, Int32(NI_NUMERICHOST)) == 0
    else { return "" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// A stream that the library reads.
  private final class Stream {
    let source: any EventSource
    var waiting: [UInt8] = []
    init(_ source: any EventSource) { self.source = source }
  }

  private func send(_ response: Response, _ connection: OpaquePointer) -> MHD_Result {
    let made: OpaquePointer?
    switch response.body {
    case .bytes(let bytes): made = bytes.withUnsafeBytes { headroom_http_response($0.baseAddress, $0.count) }
    case .events(let source):
      made = headroom_http_stream(
        { context, _, buffer, most in
          guard let context, let buffer, most > 0 else { return headroom_http_end_of_stream() }
          let stream = Unmanaged<Stream>.fromOpaque(context).takeUnretainedValue()
          if stream.waiting.isEmpty {
            guard let bytes = stream.source.next(), !bytes.isEmpty else { return headroom_http_end_of_stream() }
            stream.waiting = bytes
          }
          let count = min(Int(most), stream.waiting.count)
          stream.waiting.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress { memcpy(buffer, base, count) }
          }
          stream.waiting.removeFirst(count)
          return count
        }, Unmanaged.passRetained(Stream(source)).toOpaque(),
        { context in if let context { Unmanaged<Stream>.fromOpaque(context).release() } })
    }
    guard let made else { return .NO }
    for field in response.headers { _ = headroom_http_add(made, field.name, field.value) }
    let isQueued = headroom_http_queue(connection, UInt32(response.status), made)
    headroom_http_release(made)
    return isQueued ? .YES : .NO
  }
}
