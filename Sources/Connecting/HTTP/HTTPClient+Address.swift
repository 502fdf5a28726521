import CCurl

extension HTTPClient {
  /// What is wrong with an address, if anything.
  static func problem(with url: String) -> ConnectingError? {
    guard headroom_curl_load(), let parsed = headroom_curl_url() else { return nil }
    defer { headroom_curl_url_cleanup(parsed) }
    let lower = url.lowercased()
    guard lower.hasPrefix("http://") || lower.hasPrefix("https://") else {
      return ConnectingError(
        .badAddress, "'\(url)' is not a web address",
        remedy: "write it with its scheme, as in http://\(url.isEmpty ? "localhost:9090" : withoutScheme(url))")
    }
    guard headroom_curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK else {
      return ConnectingError(
        .badAddress, "'\(url)' is not a web address", remedy: "write it as http://HOST:PORT/PATH")
    }
    if part(CURLUPART_PASSWORD, of: parsed) != nil {
      return ConnectingError(
        .badAddress, "the address of \(hostAndPort(of: url)) holds a password",
        remedy: "take it out of the address and give it in the environment, where it is not kept in files")
    }
    return nil
  }

  /// `prometheus:9090` of an address, for messages: never its user, password or query.
  static func hostAndPort(of url: String) -> String {
    guard headroom_curl_load(), let parsed = headroom_curl_url() else { return "the server" }
    defer { headroom_curl_url_cleanup(parsed) }
    guard headroom_curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK, let host = part(CURLUPART_HOST, of: parsed)
    else {
      return "the server"
    }
    guard let port = part(CURLUPART_PORT, of: parsed) else { return host }
    return "\(host):\(port)"
  }

  /// Scheme, host and port of an address, as the requests use them.
  struct Origin: Hashable {
    var scheme = ""
    var host = ""
    var port = ""
  }

  /// The origin of an address (RFC 6454, 4); all empty where it is none.
  static func origin(of url: String) -> Origin {
    guard headroom_curl_load(), let parsed = headroom_curl_url() else { return Origin() }
    defer { headroom_curl_url_cleanup(parsed) }
    guard headroom_curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK,
      let scheme = part(CURLUPART_SCHEME, of: parsed)?.lowercased(),
      let host = part(CURLUPART_HOST, of: parsed)?.lowercased()
    else { return Origin() }
    return Origin(
      scheme: scheme, host: host, port: part(CURLUPART_PORT, of: parsed) ?? (scheme == "https" ? "443" : "80"))
  }

  private static func part(_ which: CURLUPart, of parsed: OpaquePointer) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard headroom_curl_url_get(parsed, which, &text, 0) == CURLUE_OK, let text else { return nil }
    defer { headroom_curl_free(text) }
    return String(cString: text)
  }

  /// What stands behind `://`, or all of it.
  private static func withoutScheme(_ url: String) -> String {
    let characters = Array(url)
    for i in characters.indices.dropLast(2) where characters[i...].starts(with: Array("://")) {
      return String(characters[(i + 3)...])
    }
    return url
  }
}
