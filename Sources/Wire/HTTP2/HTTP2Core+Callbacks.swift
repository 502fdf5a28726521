import CNGHTTP2
import Glibc

// The library calls back while it takes bytes in; each callback notes an event and nothing else. The session is never
// asked to send from here.
extension HTTP2Core {
  private static func core(_ user: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<HTTP2Core>? {
    user?.assumingMemoryBound(to: HTTP2Core.self)
  }

  /// Opens the client's session and says what this side allows.
  static func open(_ core: UnsafeMutablePointer<HTTP2Core>) -> Bool {
    var callbacks: OpaquePointer?
    var option: OpaquePointer?
    guard nghttp2_session_callbacks_new(&callbacks) == 0 else { return false }
    defer { nghttp2_session_callbacks_del(callbacks) }
    guard nghttp2_option_new(&option) == 0 else { return false }
    defer { nghttp2_option_del(option) }
    // Until the other side has said how many streams it allows, the engine decides; no closed streams are kept, which
    // only the server's priorities would need.
    nghttp2_option_set_peer_max_concurrent_streams(option, UInt32(Int32.max))
    nghttp2_option_set_no_closed_streams(option, 1)
    // A prepared request may be larger than the library expects: URLs of many kilobytes.
    nghttp2_option_set_max_send_header_block_length(option, 1 << 20)

    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, _, user in
      HTTP2Core.core(user)?.pointee.beginBlock()
      return 0
    }
    nghttp2_session_callbacks_set_on_header_callback(callbacks) { _, _, name, nameCount, value, valueCount, _, user in
      if let name, let value { HTTP2Core.core(user)?.pointee.field(name, nameCount, value, valueCount) }
      return 0
    }
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, stream, bytes, count, user in
      guard let core = HTTP2Core.core(user), let bytes, let input = core.pointee.input else { return 0 }
      let ticket = core.pointee.ticket(stream)
      guard ticket >= 0 else { return 0 }
      core.pointee.note(
        HTTP2Event(
          .body, ticket: Int32(ticket), start: Int32(truncatingIfNeeded: bytes - input),
          count: Int32(truncatingIfNeeded: count)))
      return 0
    }
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, user in
      if let core = HTTP2Core.core(user), let frame { core.pointee.received(frame) }
      return 0
    }
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, stream, code, user in
      HTTP2Core.core(user)?.pointee.closed(stream, code)
      return 0
    }
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) { _, frame, code, user in
      guard let core = HTTP2Core.core(user), let frame,
        UInt32(frame.pointee.hd.type) == NGHTTP2_HEADERS.rawValue
      else { return 0 }
      core.pointee.notSent(frame.pointee.hd.stream_id, code)
      return 0
    }

    guard nghttp2_session_client_new2(&core.pointee.session, callbacks, core, option) == 0 else { return false }
    var settings = [
      nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0),
      nghttp2_settings_entry(
        settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue), value: UInt32(HTTP2Session.window)),
    ]
    let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    return nghttp2_submit_settings(core.pointee.session, none, &settings, settings.count) == 0
      && nghttp2_session_set_local_window_size(core.pointee.session, none, 0, HTTP2Session.window) == 0
  }

  mutating func received(_ frame: UnsafePointer<nghttp2_frame>) {
    let head = frame.pointee.hd
    let endsStream = UInt32(head.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0
    switch UInt32(head.type) {
    case NGHTTP2_DATA.rawValue:
      if endsStream {
        let ticket = ticket(head.stream_id)
        if ticket >= 0 { complete(ticket) }
      }
    case NGHTTP2_HEADERS.rawValue: endBlock(head.stream_id, endsStream: endsStream)
    case NGHTTP2_RST_STREAM.rawValue: resetStream = head.stream_id
    case NGHTTP2_SETTINGS.rawValue:
      guard UInt32(head.flags) & NGHTTP2_FLAG_ACK.rawValue == 0 else { return }
      let limit = nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS)
      note(HTTP2Event(.limit, value: Int32(clamping: limit)))
    case NGHTTP2_GOAWAY.rawValue:
      note(HTTP2Event(.goAway, value: Int32(truncatingIfNeeded: frame.pointee.goaway.error_code)))
    default: break
    }
  }

  /// Hands the library the next bytes of a request's content.
  static let readBody: nghttp2_data_source_read_callback = { _, stream, buffer, capacity, flags, _, user in
    guard let core = HTTP2Core.core(user), let buffer, let flags else {
      return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
    }
    let ticket = core.pointee.ticket(stream)
    guard ticket >= 0, let body = core.pointee.places[ticket].body else {
      return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
    }
    let count = min(capacity, core.pointee.places[ticket].bodyLeft)
    memcpy(buffer, body, count)
    core.pointee.places[ticket].body = body + count
    core.pointee.places[ticket].bodyLeft -= count
    if core.pointee.places[ticket].bodyLeft == 0 { flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue }
    return count
  }
}
