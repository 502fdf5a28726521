import Connecting
import Documents
import HeadroomTesting
import Quantities
import Testing
import Traffic

/// 2025-03-01T00:00:00Z
let march = Timestamp(nanosecondsSinceEpoch: 1_740_787_200_000_000_000)

/// An answer of Prometheus with one series for each list of samples.
func matrix(_ series: [(labels: String, samples: [(Double, String)])], more: String = "") -> String {
  let parts = series.map { one in
    let values = one.samples.map { "[\($0.0),\"\($0.1)\"]" }.joined(separator: ",")
    return "{\"metric\":{\(one.labels)},\"values\":[\(values)]}"
  }
  return
    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[\(parts.joined(separator: ","))]}\(more)}"
}

@Suite struct PrometheusSourceTests {
  let recorder = PauseRecorder()

  func source(
    _ url: String, minutes: Int, query: String = "up", several: PrometheusSource.SeveralSeries = .refuse
  ) throws -> PrometheusSource {
    try PrometheusSource(
      url: url, query: query, range: .seconds(60 * minutes), step: .seconds(60), until: march, several: several)
  }

  /// What comes of asking a server that always answers this.
  func asking(_ answer: MisbehavingServer.Answer, minutes: Int = 3) throws -> Result<PrometheusSeries, ConnectingError>
  {
    let server = try MisbehavingServer { _, _ in answer }
    defer { server.stop() }
    let source = try source(server.url, minutes: minutes)
    do throws(ConnectingError) {
      return .success(try source.fetch(using: recorder.client(timeout: .seconds(2), retries: 1)))
    } catch {
      return .failure(error)
    }
  }
  func error(_ answer: MisbehavingServer.Answer) throws -> ConnectingError? {
    if case .failure(let error) = try asking(answer) { return error }
    return nil
  }
  /// The last three minutes up to `march`.
  let times = [1_740_787_080.0, 1_740_787_140.0, 1_740_787_200.0]

  @Test("points come back at their times with their values")
  func values() throws {
    let body = matrix([
      ("\"job\":\"api\",\"__name__\":\"up\"", [(times[0], "1"), (times[1], "2.5"), (times[2], "3e2")])
    ])
    let series = try asking(.reply(status: 200, body: body)).get()
    #expect(series.values == [1, 2.5, 300])
    #expect(series.start == march - .seconds(120))
    #expect(series.labels == "up{job=\"api\"}")
    #expect(series.notes.isEmpty)
  }

  @Test("NaN and infinity become gaps and are counted apart from missing points")
  func gaps() throws {
    let samples = [(times[0] - 120, "1"), (times[0] - 60, "NaN"), (times[0], "+Inf"), (times[2], "4")]
    let series = try asking(.reply(status: 200, body: matrix([("", samples)])), minutes: 5).get()
    #expect(series.values.map { $0.isNaN } == [false, true, true, true, false])
    #expect(series.nonFinite == [1, 2])
    #expect(series.missingCount == 1)
  }

  @Test("the points become a trace with their gaps and their origin")
  func trace() throws {
    let samples = [(times[0] - 120, "1"), (times[0] - 60, "NaN"), (times[0], "2"), (times[2], "4")]
    let series = try asking(.reply(status: 200, body: matrix([("", samples)])), minutes: 5).get()
    let trace = try series.trace()
    #expect(trace.series.step == .seconds(60))
    #expect(trace.start == march - .seconds(240))
    #expect(trace.series.rawValues.map { $0.isNaN } == [false, true, false, true, false])
    #expect(trace.report.nonNumeric.count == 1)
    #expect(trace.source.hasPrefix("127.0.0.1:"))
    #expect(trace.source.hasSuffix(": up"))
  }

  @Test("negative values are no demand")
  func negative() throws {
    let body = matrix([("", [(times[0], "-1"), (times[1], "2"), (times[2], "3")])])
    let series = try asking(.reply(status: 200, body: body)).get()
    #expect(throws: Diagnostics.self) { try series.trace() }
  }

  @Test("long ranges are asked for in parts that share no point")
  func parts() throws {
    let server = try MisbehavingServer { request, _ in
      let from = Double(request.parameters["start"] ?? "") ?? 0
      let to = Double(request.parameters["end"] ?? "") ?? 0
      let samples = stride(from: from, through: to, by: 60).map { ($0, String(Int($0) / 60)) }
      return .reply(status: 200, body: matrix([("", samples)]))
    }
    defer { server.stop() }
    var source = try source(server.url, minutes: 25)
    source.pointsPerRequest = 10
    var done: [Int] = []
    let series = try source.fetch(using: recorder.client()) { part, all in
      #expect(all == 3)
      done.append(part)
    }
    #expect(done == [1, 2, 3])
    #expect(series.values.count == 25)
    let lastMinute = 1_740_787_200 / 60
    let expected: [Double] = ((lastMinute - 24)...lastMinute).map { Double($0) }
    #expect(series.values == expected)
    #expect(series.requestCount == 3)
    #expect(server.requests.first?.path == "/api/v1/query_range")
    let starts = server.requests.map { $0.parameters["start"] ?? "" }
    #expect(starts == starts.sorted())
  }

  @Test("instants lie at whole steps, whenever one asks")
  func alignment() throws {
    let server = try MisbehavingServer { _, _ in .reply(status: 200, body: matrix([("", [(1_740_787_140, "1")])])) }
    defer { server.stop() }
    let source = try PrometheusSource(
      url: server.url, query: "up", range: .seconds(180), step: .seconds(60), until: march - .nanoseconds(1))
    #expect(source.start == march - .seconds(180))
    _ = try source.fetch(using: recorder.client())
    #expect(server.requests.first?.parameters["end"] == "1740787140.000")
  }

  @Test("several series are an error that names them and says what to write")
  func several() throws {
    let body = matrix((1...5).map { ("\"pod\":\"p\($0)\"", [(times[0], "1")]) })
    let error = try error(.reply(status: 200, body: body))
    #expect(error?.code == .severalSeries)
    #expect(error?.problem.contains("5 series, such as {pod=\"p1\"} and {pod=\"p2\"}") == true)
    #expect(error?.remedy.contains("sum(up)") == true)
  }

  @Test("two parts with different labels are several series too")
  func severalOverTime() throws {
    let server = try MisbehavingServer { request, number in
      let from = Double(request.parameters["start"] ?? "") ?? 0
      return .reply(status: 200, body: matrix([("\"pod\":\"p\(number)\"", [(from, "1")])]))
    }
    defer { server.stop() }
    var source = try source(server.url, minutes: 4)
    source.pointsPerRequest = 2
    #expect(
      failure { () throws(ConnectingError) in try source.fetch(using: recorder.client()) }?.code == .severalSeries)
  }

  @Test("asked to, Prometheus adds the series up, even behind a comment")
  func sum() throws {
    let server = try MisbehavingServer { _, _ in .reply(status: 200, body: matrix([("", [(1_740_787_140, "1")])])) }
    defer { server.stop() }
    let source = try source(server.url, minutes: 3, query: "up # all of them", several: .sum)
    _ = try source.fetch(using: recorder.client())
    #expect(server.requests.first?.parameters["query"] == "sum(\nup # all of them\n)")
  }

  @Test("no data, and nothing but NaN, are errors of their own")
  func noData() throws {
    let nothing = try error(.reply(status: 200, body: matrix([])))
    #expect(nothing?.code == .noData)
    #expect(nothing?.problem.contains("2025-02-28T23:58:00Z") == true)
    let notANumber = try error(.reply(status: 200, body: matrix([("", [(times[0], "NaN")])])))
    #expect(notANumber?.code == .noData)
    #expect(notANumber?.remedy.contains("division by zero") == true)
  }

  @Test("what Prometheus says against the query is passed on")
  func refused() throws {
    let body =
      "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"invalid parameter \\\"query\\\": 1:5: parse error\"}"
    let error = try error(.reply(status: 400, body: body))
    #expect(error?.code == .refused)
    #expect(error?.problem.hasSuffix("refuses the query: invalid parameter \"query\": 1:5: parse error") == true)
    #expect(error?.remedy.contains("correct the query") == true)
  }

  @Test("a server that fails is asked again, then its own words are passed on")
  func serverFailed() throws {
    let body = "{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"query timed out in expression evaluation\"}"
    let error = try error(.reply(status: 503, body: body))
    #expect(error?.code == .serverFailed)
    #expect(error?.problem.contains("query timed out in expression evaluation") == true)
    #expect(recorder.all.count == 1)
    #expect(try self.error(.reply(status: 500, type: "text/plain", body: "boom"))?.problem.contains("HTTP 500") == true)
    #expect(
      try self.error(.reply(status: 429, type: "text/plain", body: ""))?.problem.contains("too many requests") == true)
  }

  @Test("a missing or wrong token says which variable to set", arguments: [401, 403])
  func unauthorized(status: Int) throws {
    let error = try error(.reply(status: status, type: "text/html", body: "<html>"))
    #expect(error?.code == .unauthorized)
    #expect(error?.remedy.contains("HEADROOM_PROMETHEUS_TOKEN_FILE") == true)
  }

  @Test("another server at the address is told from a Prometheus", arguments: [200, 404])
  func webPage(status: Int) throws {
    let error = try error(
      .reply(status: status, type: "text/html; charset=utf-8", body: "<!doctype html><title>Log in</title>"))
    #expect(error?.code == (status == 200 ? .badAnswer : .badAddress))
    #expect(error?.remedy.contains("http://prometheus:9090") == true)
  }

  @Test(
    "cut or misshapen JSON is an error with a place to look",
    arguments: [
      "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"val", "", "null", "[]",
      "{\"status\":\"success\"}", "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}",
      "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{}}]}}",
      "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"values\":[]}]}}",
      "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[1,2]]}]}}",
      "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[5,\"2\"]]}]}}",
      "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[1e300,\"2\"]]}]}}",
      "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":"
        + "[[1740787140,\"2\"],[1740787140,\"2\"]]}]}}",
    ])
  func badJSON(body: String) throws {
    let error = try error(.reply(status: 200, body: body))
    #expect(error?.code == .badAnswer, "\(body)")
    #expect(error?.remedy.isEmpty == false)
  }

  @Test("a transfer that breaks off, a slow server and a redirect loop are sentences")
  func transport() throws {
    #expect(try error(.truncated(promised: 5000, body: "{\"status\":\"success\""))?.code == .brokenOff)
    #expect(try error(.reply(status: 302, headers: ["Location: /again"], body: ""))?.code == .redirects)
    let server = try MisbehavingServer { _, _ in .silence }
    defer { server.stop() }
    let source = try source(server.url, minutes: 3)
    let slow = failure { () throws(ConnectingError) in
      try source.fetch(using: recorder.client(timeout: .milliseconds(150)))
    }
    #expect(slow?.code == .timeout)
  }

  @Test("warnings are passed on once each")
  func warnings() throws {
    let body = matrix(
      [("", [(times[0], "1")])],
      more: ",\"warnings\":[\"partial answer\",\"partial answer\"],\"infos\":[\"rate of a gauge\"]")
    #expect(
      try asking(.reply(status: 200, body: body)).get().notes.map(\.what) == ["partial answer", "rate of a gauge"])
  }

  @Test("data that begins much later than asked for is a warning, and the series begins where the data does")
  func retention() throws {
    let series = try asking(
      .reply(status: 200, body: matrix([("", [(times[1], "1"), (times[2], "2")])])), minutes: 600
    ).get()
    #expect(series.values == [1, 2])
    #expect(series.notes.map(\.what) == ["there is no data before 2025-02-28T23:59:00Z"])
    #expect(series.notes.first?.remedy.contains("retention") == true)
  }

  @Test("a path prefix is kept, with and without a slash at its end", arguments: ["", "/prometheus", "/prometheus/"])
  func prefix(path: String) throws {
    let server = try MisbehavingServer { _, _ in .reply(status: 200, body: matrix([("", [(1_740_787_140, "1")])])) }
    defer { server.stop() }
    _ = try source(server.url + path, minutes: 3).fetch(using: recorder.client())
    #expect(server.requests.first?.path == (path.isEmpty ? "" : "/prometheus") + "/api/v1/query_range")
  }

  @Test("a range, step or query that makes no sense is refused before anything is asked")
  func badRequests() {
    func code(_ range: Duration, _ step: Duration, _ query: String = "up") -> ConnectingError.Code? {
      failure { () throws(ConnectingError) in
        try PrometheusSource(url: "http://x", query: query, range: range, step: step, until: march)
      }?.code
    }
    #expect(code(.days(1), .zero) == .badRequest)
    #expect(code(.days(1), .seconds(-60)) == .badRequest)
    #expect(code(.days(1), .nanoseconds(1)) == .badRequest)
    #expect(code(.seconds(1), .seconds(60)) == .badRequest)
    #expect(code(.days(-1), .seconds(60)) == .badRequest)
    #expect(code(.days(36500), .seconds(1)) == .badRequest)
    #expect(code(.days(1), .seconds(60), " \n") == .badRequest)
    #expect(code(.days(90), .seconds(60)) == nil)
  }
}
