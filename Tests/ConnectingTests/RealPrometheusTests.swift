import Connecting
import Quantities
import Testing
import Traffic

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
    #expect(series.nonFinite.isEmpty)
    #expect(series.notes.isEmpty)
    #expect(try series.trace().series.gapCount == 180)
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
