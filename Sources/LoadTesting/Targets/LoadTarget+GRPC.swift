import Quantities
import Wire

extension LoadTarget {
  /// A call of a gRPC method with one message. Source: "gRPC over HTTP2", Requests.
  func call(
    path: String, headers: [String], named: Set<String>, message: [UInt8]
  ) throws(LoadTestingError) -> LoadRequest {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[1].isEmpty, !parts[2].isEmpty, !path.contains("?") else {
      throw LoadTestingError(
        .badTarget, "'\(path)' names no gRPC method", remedy: "write grpc://localhost:50051/package.Service/Method")
    }
    var head = "POST \(path) HTTP/2\r\n"
    if !named.contains("host") { head += "Host: \(authority)\r\n" }
    // The order is that of the specification; a deadline stands first.
    if let deadline, !named.contains("grpc-timeout") { head += "grpc-timeout: \(Self.timeout(deadline))\r\n" }
    head += "te: trailers\r\n"
    if !named.contains("content-type") { head += "content-type: application/grpc\r\n" }
    if !named.contains("user-agent") { head += "user-agent: headroom\r\n" }
    for line in headers { head += line + "\r\n" }
    return LoadRequest(bytes: Array((head + "\r\n").utf8) + GRPCMessageReader.framed(message))
  }

  /// A span as `grpc-timeout` has it: at most eight digits and a unit, rounded up.
  static func timeout(_ span: Duration) -> String {
    let nanoseconds = max(1, span.nanoseconds)
    for (unit, length) in [("n", Int64(1)), ("u", 1_000), ("m", 1_000_000), ("S", 1_000_000_000)] {
      let count = nanoseconds / length + (nanoseconds % length > 0 ? 1 : 0)
      if count < 100_000_000 { return "\(count)\(unit)" }
    }
    return "99999999S"
  }
}
