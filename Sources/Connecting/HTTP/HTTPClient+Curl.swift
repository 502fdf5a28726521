import CCurl
import Glibc
import Quantities

extension HTTPClient {
  /// One attempt.
  func perform(_ request: HTTPRequest) -> Result<HTTPResponse, ConnectingError> {
    if let error = HTTPClient.problem(with: request.url) { return .failure(error) }
    guard headroom_curl_load(), let handle = headroom_curl_easy_init() else {
      return .failure(
        ConnectingError(
          .unreachable, "libcurl could not be loaded", remedy: "install it (Debian: libcurl4) and try again"))
    }
    defer { headroom_curl_easy_cleanup(handle) }

    // A query in the address is what proxies and logs like best; beyond 2,000 bytes some of them cut it.
    let encoded = request.encoded
    let asForm = encoded.utf8.count > 2000
    let target = encoded.isEmpty || asForm ? request.url : request.url + "?" + encoded
    let sink = BodySink(limit: options.maximumBytes)
    configure(handle, target: target, form: asForm ? encoded : nil, sink: sink)
    var headers: UnsafeMutablePointer<curl_slist>?
    if let json = request.json {
      _ = headroom_curl_keep_post(handle)
      headers = json.withUnsafeBytes {
        headroom_curl_send_json(handle, $0.bindMemory(to: CChar.self).baseAddress, $0.count)
      }
    }
    defer { if let headers { headroom_curl_free_headers(headers) } }
    let code = withExtendedLifetime(sink) { headroom_curl_easy_perform(handle) }

    if sink.isOverfull {
      return .failure(
        ConnectingError(
          .tooLarge, "the answer of \(request.url) is larger than \(options.maximumBytes >> 20) MiB",
          remedy: "ask for less: a coarser step, a shorter range, or an aggregate such as sum(...)"))
    }
    guard code == CURLE_OK else { return .failure(error(code, handle, request.url)) }

    var status = 0
    _ = headroom_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
    var type: UnsafePointer<CChar>?
    _ = headroom_curl_get_string(handle, CURLINFO_CONTENT_TYPE, &type)
    var wait: curl_off_t = 0
    _ = headroom_curl_get_offset(handle, CURLINFO_RETRY_AFTER, &wait)
    return .success(
      HTTPResponse(
        status: status, contentType: type.map { String(cString: $0).lowercased() } ?? "",
        retryAfter: wait > 0 ? .seconds(min(Int64(wait), 86_400)) : nil, body: sink.bytes))
  }

  private func configure(_ handle: UnsafeMutableRawPointer, target: String, form: String?, sink: BodySink) {
    func milliseconds(_ span: Duration) -> Int { max(1, Int(span.nanoseconds / 1_000_000)) }
    _ = headroom_curl_set_string(handle, CURLOPT_URL, target)
    _ = headroom_curl_only_http(handle)
    _ = headroom_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
    _ = headroom_curl_set_long(handle, CURLOPT_TIMEOUT_MS, milliseconds(options.timeout))
    _ = headroom_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connectTimeout))
    _ = headroom_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 1)
    _ = headroom_curl_set_long(handle, CURLOPT_MAXREDIRS, options.maximumRedirects)
    _ = headroom_curl_set_string(handle, CURLOPT_USERAGENT, options.userAgent)
    // The empty string asks for every compression that this libcurl can undo.
    _ = headroom_curl_set_string(handle, CURLOPT_ACCEPT_ENCODING, "")
    // Both are the defaults; they are written down because they must never be otherwise.
    _ = headroom_curl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
    _ = headroom_curl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
    if let file = options.authorityFile { _ = headroom_curl_set_string(handle, CURLOPT_CAINFO, file) }
    if let form {
      _ = headroom_curl_keep_post(handle)
      _ = headroom_curl_set_long(handle, CURLOPT_POSTFIELDSIZE, form.utf8.count)
      _ = headroom_curl_set_string(handle, CURLOPT_COPYPOSTFIELDS, form)
    }
    switch credentials {
    case .none: break
    // libcurl sends neither to another host after a redirect.
    case .bearer(let token): _ = headroom_curl_use_bearer(handle, token)
    case .basic(let username, let password): _ = headroom_curl_use_basic(handle, username, password)
    }
    _ = headroom_curl_set_writer(
      handle,
      { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let sink = Unmanaged<BodySink>.fromOpaque(context).takeUnretainedValue()
        return sink.append(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
      }, Unmanaged.passUnretained(sink).toOpaque())
  }

  private func error(_ code: CURLcode, _ handle: UnsafeMutableRawPointer, _ url: String) -> ConnectingError {
    let text = String(cString: headroom_curl_easy_strerror(code))
    let host = HTTPClient.hostAndPort(of: url)
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
      return ConnectingError(
        .unreachable, "the name of \(host) is not known here",
        remedy: "check its spelling and this machine's DNS (inside a cluster: a port-forward may be needed)")
    case CURLE_COULDNT_CONNECT:
      return ConnectingError(
        .unreachable, "nothing answers at \(host)", remedy: "check that it runs, its port, and firewalls in between")
    case CURLE_OPERATION_TIMEDOUT:
      var connected: curl_off_t = 0
      _ = headroom_curl_get_offset(handle, CURLINFO_CONNECT_TIME_T, &connected)
      if connected == 0 {
        return ConnectingError(
          .unreachable, "no connection to \(host) within \(NumberFormat.duration(options.connectTimeout))",
          remedy: "check its address, and firewalls in between")
      }
      return ConnectingError(
        .timeout, "\(host) did not answer within \(NumberFormat.duration(options.timeout))",
        remedy: "ask for less (a coarser step, a shorter range), or allow more time with a longer timeout")
    case CURLE_TOO_MANY_REDIRECTS:
      return ConnectingError(
        .redirects, "\(host) redirected more than \(options.maximumRedirects) times",
        remedy: "give the address that it should end at; a login page in front of it wants a token")
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_ISSUER_ERROR:
      return ConnectingError(
        .insecure, "no trusted connection to \(host): \(text)",
        remedy: "add its authority to the system's certificates, or name its file in SSL_CERT_FILE; "
          + "certificates are always checked")
    case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_HTTP2_STREAM,
      CURLE_BAD_CONTENT_ENCODING:
      return ConnectingError(
        .brokenOff, "\(host) broke off before its answer was complete",
        remedy: "try again; if it stays, look into its log and at proxies in between")
    case CURLE_UNSUPPORTED_PROTOCOL:
      return ConnectingError(
        .badAddress, "\(url) (or where it redirects to) is neither http nor https",
        remedy: "write http://HOST:PORT or https://HOST")
    default:
      return ConnectingError(.unreachable, "asking \(host) failed: \(text)", remedy: "check the address and try again")
    }
  }
}

/// Collects an answer's bytes up to a limit. Touched by one transfer only, on the thread that performs it.
private final class BodySink {
  private(set) var bytes: [UInt8] = []
  private(set) var isOverfull = false
  private let limit: Int
  init(limit: Int) { self.limit = limit }

  func append(_ more: UnsafeRawBufferPointer) -> Bool {
    guard more.count <= limit - bytes.count else {
      isOverfull = true
      return false
    }
    bytes.append(contentsOf: more)
    return true
  }
}
