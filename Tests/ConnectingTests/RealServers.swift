import Foundation
import HeadroomTesting
import Testing

/// A folder of its own for one test, gone afterwards.
final class Folder {
  let path: String
  init() throws {
    path = NSTemporaryDirectory() + "headroom-connecting-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// The digits that follow a text in a program's output, once the line is complete.
private func number(after mark: String, in text: String) -> String? {
  guard let found = text.range(of: mark) else { return nil }
  let digits = text[found.upperBound...].prefix { $0.isNumber }
  return text[found.upperBound...].count > digits.count && !digits.isEmpty ? String(digits) : nil
}

/// A Prometheus of this machine with data of our own, on a free port of the loopback; ended with the object.
final class RealPrometheus {
  static let isPresent = ["prometheus", "promtool"].allSatisfy { ChildProcess.find($0) != nil }
  private let folder: Folder
  private let server: ChildProcess
  let url: String

  /// Makes blocks of an OpenMetrics text, then starts the server and waits until it is ready.
  init(openMetrics: String) throws {
    folder = try Folder()
    let path = folder.path
    try openMetrics.write(toFile: path + "/data.om", atomically: false, encoding: .utf8)
    try "global: {}\n".write(toFile: path + "/prometheus.yml", atomically: false, encoding: .utf8)
    let made = try ChildProcess.run(
      "promtool",
      [
        "tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=256h", path + "/data.om",
        path + "/data",
      ])
    try #require(made.status == 0, "\(made.output)")
    server = try ChildProcess(
      "prometheus",
      [
        "--config.file=\(path)/prometheus.yml", "--storage.tsdb.path=\(path)/data",
        "--storage.tsdb.retention.time=90d", "--web.listen-address=127.0.0.1:0",
      ])
    // Either line may come first.
    let address = "msg=\"Listening on\" address=127.0.0.1:"
    let log = try server.read {
      $0.contains("Server is ready to receive web requests") && number(after: address, in: $0) != nil
    }
    url = "http://127.0.0.1:" + (try #require(number(after: address, in: log)))
    server.ignoreOutput()
  }

  deinit { server.end() }
}

/// An HTTPS server of this machine whose certificate no authority has signed; ended with the object.
final class UntrustedServer {
  static let isPresent = ChildProcess.find("openssl") != nil
  private let folder: Folder
  private let server: ChildProcess
  let url: String
  let certificate: String

  init() throws {
    folder = try Folder()
    let key = folder.path + "/key.pem"
    certificate = folder.path + "/certificate.pem"
    let made = try ChildProcess.run(
      "openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
        "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
      ])
    try #require(made.status == 0, "\(made.output)")
    server = try ChildProcess(
      "openssl", ["s_server", "-cert", certificate, "-key", key, "-accept", "127.0.0.1:0", "-www"])
    let mark = "ACCEPT 127.0.0.1:"
    let log = try server.read { number(after: mark, in: $0) != nil }
    url = "https://127.0.0.1:" + (try #require(number(after: mark, in: log)))
  }

  deinit { server.end() }
}
