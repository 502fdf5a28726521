import Documents

extension PrometheusReader {
  /// The document of a successful answer; everything else becomes a sentence.
  func document(of response: HTTPResponse) throws(ConnectingError) -> Node {
    let host = HTTPClient.hostAndPort(of: address)
    if response.status == 401 || response.status == 403 {
      throw ConnectingError(
        .unauthorized, "\(host) wants to know who asks (HTTP \(response.status))",
        remedy: "set HEADROOM_PROMETHEUS_TOKEN or HEADROOM_PROMETHEUS_TOKEN_FILE, or HEADROOM_PROMETHEUS_USERNAME "
          + "and HEADROOM_PROMETHEUS_PASSWORD")
    }
    let parsed: Node
    do {
      parsed = try JSON.parse(response.body)
    } catch {
      throw notJSON(response, error, host)
    }
    if parsed["status"]?.string == "error" || response.status >= 400 {
      throw refusal(parsed, response.status, host)
    }
    guard parsed["status"]?.string == "success" else { throw wrongShape("it has no 'status'") }
    return parsed
  }

  private var remedyForAddress: String {
    "give the address at which Prometheus' own page opens, with its path if it has one, "
      + "as in http://prometheus:9090 or https://example.org/prometheus"
  }

  private func notJSON(_ response: HTTPResponse, _ diagnostics: Diagnostics, _ host: String) -> ConnectingError {
    if response.status == 404 {
      return ConnectingError(.badAddress, "there is no Prometheus at \(address) (HTTP 404)", remedy: remedyForAddress)
    }
    if response.status >= 500 {
      return ConnectingError(
        .serverFailed, "\(host) failed (HTTP \(response.status))", remedy: "look into its log, and try again later")
    }
    if response.status == 429 { return tooMany(host) }
    if response.isWebPage {
      return ConnectingError(
        .badAnswer, "\(host) answers with a web page instead of data: a login page or a proxy, perhaps",
        remedy: "\(remedyForAddress); set HEADROOM_PROMETHEUS_TOKEN if it wants a login")
    }
    if response.status >= 400 {
      return ConnectingError(
        .refused, "\(host) refuses the request (HTTP \(response.status))", remedy: remedyForAddress)
    }
    let place = diagnostics.all.first.map { ": \($0.message)" } ?? ""
    return ConnectingError(
      .badAnswer, "the answer of \(host) is not complete JSON\(place)",
      remedy: "try again; if it stays, look at proxies in between, which may cut long answers")
  }

  /// An error that Prometheus explains itself.
  private func refusal(_ root: Node, _ status: Int, _ host: String) -> ConnectingError {
    if status == 429 { return tooMany(host) }
    let said = root["error"]?.string ?? "HTTP \(status)"
    if status >= 500 {
      return ConnectingError(
        .serverFailed, "\(host) failed: \(said)",
        remedy: "look into its log, and try again later or with a shorter range")
    }
    guard let kind = root["errorType"]?.string else {
      return ConnectingError(.refused, "\(host) refuses the request: \(said)", remedy: remedyForAddress)
    }
    let remedy =
      switch kind {
      case "bad_data": "correct the query; Prometheus' own page shows where it is wrong"
      case "execution": "make the query touch less data: a coarser step, a shorter range, a recording rule"
      case "timeout", "canceled": "make the query cheaper: a shorter range, or a recording rule"
      default: "try the query in Prometheus' own page"
      }
    return ConnectingError(.refused, "\(host) refuses the query: \(said)", remedy: remedy)
  }

  private func tooMany(_ host: String) -> ConnectingError {
    ConnectingError(
      .serverFailed, "\(host) gets too many requests (HTTP 429)", remedy: "wait a few minutes and try again")
  }

  func wrongShape(_ what: String) -> ConnectingError {
    ConnectingError(
      .badAnswer, "\(HTTPClient.hostAndPort(of: address)) does not answer as Prometheus does: \(what)",
      remedy: remedyForAddress)
  }
}
