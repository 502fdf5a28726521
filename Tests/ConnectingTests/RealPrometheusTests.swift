import Connecting
import Foundation
import Quantities
import Testing

/// A Prometheus of this machine with data of our own, on a free port of the loopback; ended with the object.
final class RealPrometheus {
  static let isPresent = ["prometheus", "promtool"].allSatisfy { find($0) != nil }
  private let folder: String
  private let server: Process
  let url: String

  static func find(_ name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  /// Makes blocks of an OpenMetrics text, then starts the server and waits until it is ready.
  init(openMetrics: String) throws {
    folder = NSTemporaryDirectory() + "headroom-prometheus-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try openMetrics.write(toFile: folder + "/data.om", atomically: false, encoding: .utf8)
    try "global: {}\n".write(toFile: folder + "/prometheus.yml", atomically: false, encoding: .utf8)
    let quiet = try FileHandle(forWritingTo: URL(fileURLWithPath: "/dev/null"))

    let promtool = Process()
    promtool.executableURL = URL(fileURLWithPath: try #require(Self.find("promtool")))
    promtool.arguments = [
      "tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=256h", folder + "/data.om",
      folder + "/data",
    ]
    promtool.standardOutput = quiet
    promtool.standardError = quiet
    try promtool.run()
    promtool.waitUntilExit()
    try #require(promtool.terminationStatus == 0)

    server = Process()
    server.executableURL = URL(fileURLWithPath: try #require(Self.find("prometheus")))
    server.arguments = [
      "--config.file=\(folder)/prometheus.yml", "--storage.tsdb.path=\(folder)/data",
      "--storage.tsdb.retention.time=90d", "--web.listen-address=127.0.0.1:0",
    ]
    let log = Pipe()
    server.standardOutput = quiet
    server.standardError = log
    try server.run()
    // Its log says which port it got; end of file here would mean that it gave up.
    var text = ""
    var found: String?
    while found == nil || !text.contains("Server is ready to receive web requests") {
      let more = log.fileHandleForReading.availableData
      try #require(!more.isEmpty, "prometheus ended: \(text)")
      text += String(decoding: more, as: UTF8.self)
      found = text.range(of: #"msg="Listening on" address=127\.0\.0\.1:\d+"#, options: .regularExpression).map {
        String(text[$0].split(separator: ":").last ?? "")
      }
    }
    // Nobody reads on: a full pipe would stop it in its tracks.
    log.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
    url = "http://127.0.0.1:\(found ?? "")"
  }

  deinit {
    server.terminate()
    server.waitUntilExit()
    try? FileManager.default.removeItem(atPath: folder)
  }
}

@Suite(.enabled(if: RealPrometheus.isPresent, "prometheus and promtool are not installed"))
struct RealPrometheusTests {
  /// Forty days of minutes up to `march`; three hours in the midst are missing.
  static let count = 57_600
  static func value(_ index: Int) -> Double? {
    (30_000..<30_180).contains(index) ? nil : Double(index % 1440) * 0.1 + Double(index / 1440)
  }

  @Test("every point of forty days comes back exactly, over six requests")
  func everyPoint() throws {
    let first = march - .seconds(60 * (Self.count - 1))
    var text = "# TYPE headroom_rate gauge\n"
    for index in 0..<Self.count {
      guard let value = Self.value(index) else { continue }
      text += "headroom_rate{job=\"api\"} \(value) \(Int((first + .seconds(60 * index)).secondsSinceEpoch))\n"
    }
    for pod in 0..<3 {
      text +=
        "# TYPE pod_rate\(pod) gauge\npod_rate\(pod){pod=\"p\(pod)\"} \(pod + 1) \(Int(march.secondsSinceEpoch))\n"
    }
    let prometheus = try RealPrometheus(openMetrics: text + "# EOF\n")
    let client = HTTPClient()

    // A window shorter than the step: what comes back is the sample itself, not the one before it.
    let source = try PrometheusSource(
      url: prometheus.url, query: "last_over_time(headroom_rate[30s])", range: .days(40), step: .seconds(60),
      until: march)
    let series = try source.fetch(using: client)
    #expect(series.requestCount == 6)
    #expect(series.start == first)
    #expect(series.values.count == Self.count)
    #expect(series.missingCount == 180)
    #expect(series.nonFiniteCount == 0)
    #expect(series.warnings.isEmpty)
    let wrong = series.values.indices.filter { index in
      Self.value(index).map { series.values[index] != $0 } ?? !series.values[index].isNaN
    }
    #expect(wrong.isEmpty, "points \(wrong.prefix(5)) differ")

    // Prometheus itself refuses the same in one request.
    var whole = source
    whole.pointsPerRequest = .max
    let tooMany = failure { () throws(ConnectingError) in try whole.fetch(using: client) }
    #expect(tooMany?.code == .refused)
    #expect(tooMany?.problem.contains("exceeded maximum resolution of 11,000 points") == true)

    func asking(
      _ query: String, _ several: PrometheusSource.SeveralSeries = .refuse
    ) throws(ConnectingError) -> PrometheusSeries {
      try PrometheusSource(
        url: prometheus.url, query: query, range: .seconds(120), step: .seconds(60), until: march, several: several
      ).fetch(using: client)
    }
    #expect(failure { () throws(ConnectingError) in try asking("sum(") }?.problem.contains("parse error") == true)
    #expect(failure { () throws(ConnectingError) in try asking("nothing_here") }?.code == .noData)
    let pods = "{__name__=~\"pod_rate.\"}"
    #expect(failure { () throws(ConnectingError) in try asking(pods) }?.code == .severalSeries)
    #expect(try asking(pods, .sum).values == [6])
    let division = failure { () throws(ConnectingError) in try asking("sum(headroom_rate) / 0") }
    #expect(division?.remedy.contains("division by zero") == true)
  }
}
