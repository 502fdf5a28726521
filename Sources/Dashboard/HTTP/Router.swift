import Quantities

/// From a request to its answer: who may ask, whether the address exists and takes the method, whether the client can use
/// what it gives. What every answer carries is put on here, once.
struct Router: Sendable {
  private let routes: [Route]
  /// Their patterns taken apart, once.
  private let segments: [[String]]

  init(routes: [Route]) {
    self.routes = routes
    segments = routes.map(\.segments)
  }

  /// The routes of a path, whatever their method, with what their names stand for.
  private func matches(_ path: [String]) -> [(Route, [String: String])] {
    routes.indices.compactMap { i in Route.match(path, segments[i]).map { (routes[i], $0) } }
  }

  /// - Returns: an answer to everything, and the route's pattern for counting.
  func answer(_ request: Request, _ site: Site, at now: Timestamp) -> (response: Response, pattern: String) {
    var pattern = "other"
    var response: Response
    do throws(Problem) {
      let host = site.settings.hosts
      guard host.admits(request.headers["host"]) else {
        throw Problem(
          421, "Misdirected request",
          "This server is not known as '\(request.headers["host"] ?? "")'. Ask it by its own address, or name that in --host."
        )
      }
      let found = matches(request.path)
      if let first = found.first { pattern = first.0.pattern }
      // Who may not ask is not told what there is; whether the process lives is nobody's secret.
      if found.first?.0.access != .open { try site.settings.door.admit(request) }
      guard !found.isEmpty else {
        throw .notFound("There is nothing at \(request.rawPath).")
      }
      let method = request.method == "HEAD" ? "GET" : request.method
      guard let (route, names) = found.first(where: { $0.0.method.rawValue == method }) else {
        let methods = Set(found.map { $0.0.method.rawValue }).sorted()
        let allow = methods.flatMap { $0 == "GET" ? ["GET", "HEAD"] : [$0] } + ["OPTIONS"]
        let headers = [Request.Field("Allow", allow.joined(separator: ", "))]
        if request.method == "OPTIONS" {
          response = Response(204, type: .plain, "", headers: headers)
          return (finished(response, request, site), pattern)
        }
        throw Problem(
          405, "Method not allowed", "\(request.rawPath) takes \(allow.joined(separator: ", ")).", headers: headers)
      }
      try admit(request, route, site, at: now)
      try route.check(request)
      response = try route.answer(site, request, names)
    } catch {
      response = site.pages.problem(error, for: request)
    }
    return (finished(response, request, site), pattern)
  }

  /// What the route asks of a request besides its address.
  private func admit(_ request: Request, _ route: Route, _ site: Site, at now: Timestamp) throws(Problem) {
    if !route.produces.contains(where: { $0.isAccepted(by: request.headers["accept"]) }) {
      throw Problem(
        406, "Not acceptable", "This gives \(route.produces.map(\.name).joined(separator: " or ")).")
    }
    if route.method != .get {
      guard isOwn(request, site) else {
        throw Problem(
          403, "Forbidden", "Another site's page asked for this. Only the dashboard's own pages and programs may.")
      }
      if !request.body.isEmpty, !route.consumes.contains(where: { $0.name == request.contentType }) {
        throw Problem(
          415, "Unsupported media type",
          route.consumes.isEmpty
            ? "This takes no body." : "Send \(route.consumes.map(\.name).joined(separator: " or ")).")
      }
    } else if !request.body.isEmpty {
      throw .badRequest("A \(request.method) has no body here.")
    }
    if let wait = site.limits.take(request.client, at: now) { throw .tooMany(wait) }
    if route.isComputing { try site.charge(request) }
  }

  /// Whether a request that changes something comes from a program or from the dashboard's own page.
  private func isOwn(_ request: Request, _ site: Site) -> Bool {
    // What a browser says of itself, a page cannot change.
    if let site = request.headers["sec-fetch-site"] { return site == "same-origin" || site == "none" }
    guard let origin = request.headers["origin"] else { return true }
    let host = request.headers["host"] ?? ""
    return origin.lowercased() == "\(request.isEncrypted ? "https" : "http")://\(host)".lowercased()
  }

  private func finished(_ response: Response, _ request: Request, _ site: Site) -> Response {
    var response = finished(response, isEncrypted: request.isEncrypted)
      .encoded(for: request.headers["accept-encoding"])
    if response.status == 200, request.method == "GET" || request.method == "HEAD",
      let tag = response.header("ETag"), Self.matches(request.headers["if-none-match"], tag)
    {
      response.status = 304
      response.body = .bytes([])
      response.headers.removeAll { $0.name == "Content-Encoding" }
    }
    return response
  }

  /// What every answer carries.
  func finished(_ response: Response, isEncrypted: Bool) -> Response {
    var response = response
    for field in Self.carried where response.headers.allSatisfy({ $0.name != field.name }) {
      response.headers.append(field)
    }
    if isEncrypted { response.headers.append(Request.Field("Strict-Transport-Security", "max-age=31536000")) }
    return response
  }

  private static let carried = [
    Request.Field("Content-Security-Policy", policy), Request.Field("X-Content-Type-Options", "nosniff"),
    Request.Field("Referrer-Policy", "same-origin"), Request.Field("Cross-Origin-Opener-Policy", "same-origin"),
    Request.Field("Cross-Origin-Resource-Policy", "same-origin"), Request.Field("Cache-Control", "no-cache"),
  ]

  /// The page's own files and nothing else: no inline script or style, no other host, no frame around it.
  static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

  /// RFC 9110, 13.1.2: weak comparison.
  static func matches(_ header: String?, _ tag: String) -> Bool {
    guard let header else { return false }
    func bare(_ text: some StringProtocol) -> String {
      let trimmed = text.drop { $0 == " " }
      return String(trimmed.hasPrefix("W/") ? trimmed.dropFirst(2) : trimmed).filter { $0 != " " }
    }
    return header.split(separator: ",").contains { bare($0) == "*" || bare($0) == bare(tag) }
  }
}
