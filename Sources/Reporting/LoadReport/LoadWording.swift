import Quantities
import Serving

/// The words that all texts about load tests share.
public enum LoadWording {
  /// Milliseconds with four digits: `12.34 ms`; `-` where nothing was measured.
  /// - Parameter seconds: infinity is "no end".
  public static func time(_ seconds: Double?) -> String {
    guard let seconds else { return "-" }
    guard seconds.isFinite else { return "no end" }
    return NumberFormat.significant(seconds * 1e3, 4) + " ms"
  }

  /// The phrase of a status (RFC 9110, 15; RFC 6585 for 429).
  static func reason(_ status: Int) -> String {
    let phrases = [
      300: "Multiple Choices", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
      307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
      404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict", 413: "Content Too Large",
      415: "Unsupported Media Type", 422: "Unprocessable Content", 429: "Too Many Requests",
      431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
      503: "Service Unavailable", 504: "Gateway Timeout", 529: "Overloaded",
    ]
    return phrases[status] ?? ""
  }

  /// A kind of failure in words.
  static func failure(_ name: String) -> String {
    switch name {
    case "error-in-200": "told as an error inside a good status"
    case "stream-without-tokens": "a stream without a token"
    case "stream-without-end": "a stream that did not say it was complete"
    case "no-stream": "no stream came where one was asked for"
    default: name
    }
  }

  /// A bound as a single request keeps it: `ttft <= 1 s`.
  static func bound(_ bound: LatencyBound) -> String {
    "\(bound.metric.word.isEmpty ? "e2e" : bound.metric.word) <= \(NumberFormat.duration(bound.limit))"
  }

  static func rate(_ perSecond: Double?) -> String {
    perSecond.map { NumberFormat.fixed($0, decimals: 1) + "/s" } ?? "-"
  }

  static func percent(_ share: Double) -> String { NumberFormat.fixed(share * 100, decimals: 2) + " %" }
}
