import Documents
import Planning
import Quantities
import Serving
import Testing

@testable import LoadTesting
@testable import Reporting

/// What load tests say on a terminal and in their documents, made of values alone.
@Suite struct LoadTerminalTests {
  @Test("a run: counts, latencies, and whether each threshold was met")
  func run() throws {
    var record = try LoadReportTests.record(errors: 20, expect: ["p99 < 50ms", "errors < 5%"])
    record.result.connections = 10
    let text = LoadReport(record).terminal()
    #expect(
      text.hasPrefix(
        "http://127.0.0.1/: open loop, 10 connections, 10 s measured: valid\n"
          + "requests"))
    #expect(
      text.contains("answered well                    980\n") && text.contains("failed: 5xx                       20\n")
    )
    #expect(!text.contains("timeout") && !text.contains("dropped"))
    #expect(text.hasSuffix("missed  p99 < 50ms\nmet     errors < 5%\n"))
  }

  @Test("what another tool has not told of its connections and its own lag is not shown as nothing")
  func foreign() throws {
    var record = try LoadReportTests.record()
    record.result.connections = 0
    record.result.sent = 0
    let text = LoadReport(record).terminal()
    #expect(text.hasPrefix("http://127.0.0.1/: open loop, 10 s measured: valid\n"))
    #expect(text.contains("offered") && !text.contains("sent     ") && !text.contains("lag of the generator"))
  }

  @Test("a plan's objective is judged by the run as by a simulation, and decides whether it passed")
  func objective() throws {
    // 980 of 1,000 answered, 1 ms to 110 ms: none of the failed ones is within a bound.
    let record = try LoadReportTests.record(errors: 20)
    func report(_ objective: Objective) -> LoadReport {
      LoadReport(
        record, judged: (objective, record.result.outcome(from: Timestamp(secondsSinceEpoch: 0), objective: objective)))
    }
    let kept = report(
      Objective(
        latency: [LatencyBound(.response, quantile: 0.95, limit: .milliseconds(500))], availability: .percent(97)))
    #expect(kept.isMet && kept.terminal().contains("met     p95 within 500 ms: 98 % of requests were\n"))
    let missed = report(
      Objective(
        latency: [
          LatencyBound(.response, quantile: 0.99, limit: .milliseconds(500)),
          LatencyBound(.firstToken, quantile: 0.9, limit: .seconds(9)),
        ], availability: .percent(99)))
    #expect(!missed.isMet)
    let text = missed.terminal()
    #expect(text.contains("missed  p99 within 500 ms: 98 % of requests were\n"))
    #expect(text.contains("missed  ttft p90 within 9 s: not seen\n"))
    #expect(text.contains("missed  availability of 99 %: 98 % of requests were answered well\n"))
    let node = try JSON.parse(Array(missed.json().utf8), file: nil)
    #expect(node["objective"]?.elements?.compactMap { $0["met"]?.bool } == [false, false, false])
    #expect(missed.markdown().contains("3 of 3 thresholds missed"))
  }

  @Test("a faulty network: what it did, and what has to be warned of")
  func chaos() throws {
    var result = ChaosResult()
    result.duration = .seconds(40)
    result.connections = 1200
    result.resets = 3
    result.bytesToService = 1000
    result.entries = [ChaosResult.Entry(fault: try Fault(at: "10s..15s half-open"))]
    result.resumed = [42]
    #expect(
      result.terminal() == "1,200 connections in 40 s: 3 reset, 0 left half-open, 0 not taken by the service\n"
        + "\(Bytes(rawValue: 1000)) to the service, \(Bytes(rawValue: 0)) back, \(Bytes(rawValue: 0)) swallowed\n")
    #expect(
      result.warnings == [
        "this did not happen: \(result.entries[0].fault).",
        "process 42 was still stopped, and was continued at the end.",
      ])
    let node = try JSON.parse(
      Array(result.json(LoadQuestion([("to", .text("a:1")), ("seed", LoadQuestion.seed(.max))])).utf8), file: nil)
    #expect(node["schema"]?.string == "headroom/load-chaos/1" && node["to"]?.string == "a:1")
    #expect(node["seed"]?.integer == -1 && node["connections"]?.integer == 1200)
  }

  @Test("recovery: availability while each fault lasted, and the time until nobody saw it any more")
  func recovery() {
    // 100 requests a second for 20 s, 5 ms each; none is answered from 8 s to 10 s.
    let outcomes = (0..<2000).map { i in
      var outcome = RequestOutcome()
      outcome.scheduled = Int64(i) * 10_000_000
      outcome.latency = 5_000_000
      outcome.ending = (800..<1000).contains(i) ? .timeout : .answered
      outcome.status = 200
      return outcome
    }
    let recovery = FaultRecovery(
      outcomes, windows: [FaultWindow(what: "half-open", start: .seconds(8), end: .seconds(10))], length: .seconds(20))
    let lines = recovery.terminal().split(separator: "\n")
    #expect(lines.first?.hasPrefix("Usual before the first fault: P95 5 ms, at most ") == true)
    #expect(lines.last?.hasPrefix("half-open") == true && lines.last?.contains("200") == true)
    #expect(lines.last?.contains("0.00 %") == true && lines.last?.hasSuffix("0 s") == true)
    #expect(FaultRecovery([], windows: [], length: .zero).terminal().isEmpty)
  }

  @Test("a mirror: only what happened is listed")
  func mirror() {
    var result = MirrorResult()
    result.duration = .seconds(2)
    result.requests = 10
    result.answered = 10
    result.mirrored = 9
    result.droppedTooLarge = 1
    let text = result.terminal(first: "http://a")
    #expect(text.hasPrefix("http://a: 10 requests of 0 connections in 2 s\n"))
    #expect(text.contains("not copied: too large") && !text.contains("lagged") && !text.contains("The second answered"))
  }

  @Test("the history: a row a run, and what became worse")
  func history() throws {
    func run(_ number: Int64, _ rate: Double) -> KeptRun {
      KeptRun(
        number: number, time: Timestamp(secondsSinceEpoch: 1_795_000_000 + Double(number) * 86_400), name: "shop",
        kind: .saturation, url: "u", isValid: true, rate: rate)
    }
    let history = LoadHistory([run(1, 1000), run(2, 1010), run(3, 995), run(4, 1005), run(5, 700)])
    #expect(history.isWorse && history.findings.map(\.finding.code) == ["capacity-regression"])
    let text = history.terminal(width: 120)
    #expect(text.contains("saturation") && text.contains("700/s") && text.contains("\nworse shop: "))
    let node = try JSON.parse(Array(history.json().utf8), file: nil)
    #expect(node["runs"]?.count == 5 && node["runs"]?.elements?.last?["rate"]?.number == 700)
    #expect(node["findings"]?.elements?.first?["severity"]?.string == "act")
  }

  @Test("what became of a request is one line: its class, its error, and nothing measured where nothing came")
  func outcomeLine() throws {
    var outcome = RequestOutcome()
    outcome.scheduled = 500_000_000
    outcome.latency = 20_000_000
    outcome.service = 15_000_000
    outcome.ending = .answered
    outcome.status = 503
    outcome.request = 1
    let line = outcome.json(classes: ["a", "b"], warmup: .seconds(1))
    #expect(!line.contains("\n"))
    let node = try JSON.parse(Array(line.utf8), file: nil)
    #expect(node["class"]?.string == "b" && node["error"]?.string == "5xx" && node["warmup"]?.bool == true)
    #expect(node["latency_ms"]?.number == 20 && node["sent"]?.number == 0.505 && node["status"]?.integer == 503)
    outcome.ending = .unfinished
    outcome.status = 0
    let open = try JSON.parse(Array(outcome.json(classes: [], warmup: .zero).utf8), file: nil)
    #expect(open["latency_ms"]?.isNull == true && open["status"]?.isNull == true && open["class"]?.string == "all")
  }
}
