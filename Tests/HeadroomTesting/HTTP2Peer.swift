import CNGHTTP2
import Glibc

/// The server's side of an HTTP/2 connection without sockets, for tests: takes bytes, hands requests to a handler, gives
/// bytes. Used by one thread at a time.
public final class HTTP2Peer {
  public struct Request {
    public var stream: Int32
    public var fields: [(name: String, value: String)] = []
    public var body: [UInt8] = []
    public subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }
  }

  /// What is sent of a response's content, and when.
  private struct Response {
    var pending: [UInt8] = []
    var isEnded = false
    var trailers: [(String, String)] = []
  }

  private var session: OpaquePointer?
  private var open: [Int32: Request] = [:]
  private var responses: [Int32: Response] = [:]
  /// Hears of each request once it is whole.
  public var onRequest: (HTTP2Peer, Request) -> Void = { _, _ in }
  /// Error codes of RST_STREAM frames from the client, by stream.
  public private(set) var resets: [(stream: Int32, code: UInt32)] = []
  public private(set) var heardGoodbye = false

  /// - Parameters:
  ///   - limit: the streams that the client is allowed at a time.
  ///   - window: the window that the client's uploads get, in bytes a stream.
  public init(limit: UInt32 = 100, window: UInt32 = 65_535, onRequest: @escaping (HTTP2Peer, Request) -> Void) {
    self.onRequest = onRequest
    var callbacks: OpaquePointer?
    nghttp2_session_callbacks_new(&callbacks)
    defer { nghttp2_session_callbacks_del(callbacks) }
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, user in
      guard let frame, let peer = HTTP2Peer.peer(user) else { return 0 }
      let stream = frame.pointee.hd.stream_id
      if peer.open[stream] == nil { peer.open[stream] = Request(stream: stream) }
      return 0
    }
    nghttp2_session_callbacks_set_on_header_callback(callbacks) {
      _, frame, name, nameCount, value, valueCount, _, user in
      guard let frame, let peer = HTTP2Peer.peer(user) else { return 0 }
      let text = { (bytes: UnsafePointer<UInt8>?, count: Int) in
        String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
      }
      peer.open[frame.pointee.hd.stream_id]?.fields.append((text(name, nameCount), text(value, valueCount)))
      return 0
    }
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, stream, bytes, count, user in
      HTTP2Peer.peer(user)?.open[stream]?.body.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
      return 0
    }
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, user in
      guard let frame, let peer = HTTP2Peer.peer(user) else { return 0 }
      let head = frame.pointee.hd
      if UInt32(head.type) == NGHTTP2_RST_STREAM.rawValue {
        peer.resets.append((head.stream_id, frame.pointee.rst_stream.error_code))
      }
      if UInt32(head.type) == NGHTTP2_GOAWAY.rawValue { peer.heardGoodbye = true }
      let mayEnd = UInt32(head.type) == NGHTTP2_DATA.rawValue || UInt32(head.type) == NGHTTP2_HEADERS.rawValue
      if mayEnd, UInt32(head.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0,
        let request = peer.open.removeValue(forKey: head.stream_id)
      {
        peer.onRequest(peer, request)
      }
      return 0
    }
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, stream, _, user in
      let peer = HTTP2Peer.peer(user)
      peer?.open[stream] = nil
      peer?.responses[stream] = nil
      return 0
    }
    nghttp2_session_server_new(&session, callbacks, Unmanaged.passUnretained(self).toOpaque())
    var settings = [
      nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue), value: limit),
      nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue), value: window),
    ]
    nghttp2_submit_settings(session, 0, &settings, settings.count)
  }
  deinit { nghttp2_session_del(session) }

  private static func peer(_ user: UnsafeMutableRawPointer?) -> HTTP2Peer? {
    user.map { Unmanaged<HTTP2Peer>.fromOpaque($0).takeUnretainedValue() }
  }

  /// False where the bytes are no HTTP/2.
  public func receive(_ bytes: [UInt8]) -> Bool { nghttp2_session_mem_recv(session, bytes, bytes.count) == bytes.count }

  public func output() -> [UInt8] {
    var result: [UInt8] = []
    var piece: UnsafePointer<UInt8>?
    while true {
      let n = nghttp2_session_mem_send(session, &piece)
      guard n > 0 else { return result }
      result.append(contentsOf: UnsafeBufferPointer(start: piece, count: n))
    }
  }
  /// Whether the connection still serves for anything.
  public var isAlive: Bool { nghttp2_session_want_read(session) != 0 || nghttp2_session_want_write(session) != 0 }

  // MARK: What a server does

  private func withFields(
    _ fields: [(String, String)], _ body: (UnsafePointer<nghttp2_nv>?, Int) -> Void
  ) {
    var bytes: [UInt8] = []
    for (name, value) in fields { bytes += Array(name.utf8) + Array(value.utf8) }
    bytes.withUnsafeMutableBufferPointer { memory in
      guard let base = memory.baseAddress else { return }
      var offset = 0
      var list: [nghttp2_nv] = []
      for (name, value) in fields {
        list.append(
          nghttp2_nv(
            name: base + offset, value: base + offset + name.utf8.count, namelen: name.utf8.count,
            valuelen: value.utf8.count, flags: 0))
        offset += name.utf8.count + value.utf8.count
      }
      list.withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
    }
  }

  /// A head, after which content can be sent piece by piece.
  public func begin(_ stream: Int32, status: Int = 200, fields: [(String, String)] = []) {
    responses[stream] = Response()
    var provider = nghttp2_data_provider()
    provider.read_callback = { _, stream, buffer, capacity, flags, _, user in
      guard let peer = HTTP2Peer.peer(user), let buffer, let flags, var response = peer.responses[stream] else {
        return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
      }
      if response.pending.isEmpty, !response.isEnded { return Int(NGHTTP2_ERR_DEFERRED.rawValue) }
      let count = min(capacity, response.pending.count)
      for i in 0..<count { buffer[i] = response.pending[i] }
      response.pending.removeFirst(count)
      peer.responses[stream] = response
      if response.isEnded, response.pending.isEmpty {
        flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
        if !response.trailers.isEmpty {
          flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
          peer.withFields(response.trailers) { nghttp2_submit_trailer(peer.session, stream, $0, $1) }
        }
      }
      return count
    }
    withFields([(":status", "\(status)")] + fields) {
      _ = nghttp2_submit_response(session, stream, $0, $1, &provider)
    }
  }
  public func send(_ stream: Int32, _ bytes: [UInt8]) {
    responses[stream]?.pending += bytes
    nghttp2_session_resume_data(session, stream)
  }
  public func finish(_ stream: Int32, trailers: [(String, String)] = []) {
    responses[stream]?.isEnded = true
    responses[stream]?.trailers = trailers
    nghttp2_session_resume_data(session, stream)
  }
  /// A head and nothing else.
  public func answerWithHead(_ stream: Int32, status: Int = 200, fields: [(String, String)] = []) {
    withFields([(":status", "\(status)")] + fields) {
      _ = nghttp2_submit_response(session, stream, $0, $1, nil)
    }
  }
  public func answer(
    _ stream: Int32, status: Int = 200, fields: [(String, String)] = [], body: [UInt8] = [],
    trailers: [(String, String)] = []
  ) {
    begin(stream, status: status, fields: fields)
    send(stream, body)
    finish(stream, trailers: trailers)
  }
  /// An interim response (1xx).
  public func inform(_ stream: Int32, status: Int) {
    withFields([(":status", "\(status)")]) { _ = nghttp2_submit_headers(session, 0, stream, nil, $0, $1, nil) }
  }
  public func reset(_ stream: Int32, code: UInt32) { nghttp2_submit_rst_stream(session, 0, stream, code) }
  /// Says that streams above `last` will not be looked at.
  public func goAway(last: Int32, code: UInt32 = 0) { nghttp2_submit_goaway(session, 0, last, code, nil, 0) }
  public func allow(streams: UInt32) {
    var entry = nghttp2_settings_entry(
      settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue), value: streams)
    nghttp2_submit_settings(session, 0, &entry, 1)
  }
}
