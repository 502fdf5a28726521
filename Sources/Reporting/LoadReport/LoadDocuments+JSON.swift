import Documents
import LoadTesting
import Planning
import Quantities

/// What was asked of a load test, as its document repeats it: the keys that stand before its figures.
public struct LoadQuestion: Sendable {
  public enum Value: Sendable {
    case text(String)
    case integer(Int)
    case number(Double)
  }
  public var entries: [(key: String, value: Value)]

  public init(_ entries: [(key: String, value: Value)]) { self.entries = entries }

  /// - Parameters:
  ///   - expect: the objective of a search.
  ///   - arrivals: how requests were spaced: `"poisson"`.
  public init(url: String, expect: [LoadExpectation] = [], arrivals: String? = nil, seed: UInt64) {
    entries = [("url", .text(Secret.masked(url: url)))]
    if !expect.isEmpty { entries.append(("expect", .text(expect.map(\.description).joined(separator: ", ")))) }
    if let arrivals { entries.append(("arrivals", .text(arrivals))) }
    entries.append(("seed", Self.seed(seed)))
  }

  /// A seed as documents hold it: the same bits as a signed number.
  public static func seed(_ seed: UInt64) -> Value { .integer(Int(truncatingIfNeeded: seed)) }

  func write(to json: inout JSONWriter) {
    for (key, value) in entries {
      switch value {
      case .text(let text): json.entry(key, text)
      case .integer(let number): json.entry(key, number)
      case .number(let number): json.entry(key, number)
      }
    }
  }
}

extension SaturationResult {
  /// `headroom/load-saturation/1`.
  public func json(_ question: LoadQuestion) -> String { document { write(to: &$0, extra: question.write) } }
}

extension SweepResult {
  /// `headroom/load-sweep/1`.
  public func json(_ question: LoadQuestion) -> String { document { write(to: &$0, extra: question.write) } }
}

extension ColdStartResult {
  /// `headroom/load-cold/1`.
  public func json(_ question: LoadQuestion) -> String { document { write(to: &$0, extra: question.write) } }
}

extension MLPerfResult {
  /// `headroom/load-mlperf/1`.
  public func json(_ question: LoadQuestion) -> String { document { write(to: &$0, extra: question.write) } }
}

extension MirrorResult {
  /// `headroom/load-mirror/1`.
  public func json(_ question: LoadQuestion) -> String { document { write(to: &$0, extra: question.write) } }
}

extension ChaosResult {
  /// `headroom/load-chaos/1`.
  public func json(_ question: LoadQuestion) -> String { document { write(to: &$0, extra: question.write) } }
}

extension ChaosTest.Result {
  /// `headroom/load-chaos/1` with the load's result and the recovery.
  public func json(_ question: LoadQuestion, expectations: [LoadExpectation] = []) -> String {
    document {
      chaos.write(to: &$0, load: load, recovery: recovery, expectations: expectations, extra: question.write)
    }
  }
}

private func document(_ write: (inout JSONWriter) -> Void) -> String {
  var json = JSONWriter(pretty: true)
  write(&json)
  return json.text
}

extension LoadReport {
  /// `headroom/load/1`, with what the plan's model foresaw where there is a plan.
  /// - Parameter extra: writes further keys.
  public func json(extra: (inout JSONWriter) -> Void = { _ in }) -> String {
    record.json { json in
      scenario?.write(to: &json)
      if let source {
        json.entry("tool", source.tool)
        if let label = source.label { json.entry("label", label) }
      }
      if let (foreseen, measured) = prediction { foreseen.write(beside: measured, to: &json) }
      if judged != nil {
        json.objects("objective", objective) { json, line in
          json.entry("asked", line.asked)
          json.entry("got", line.got)
          json.entry("met", line.isMet)
        }
      }
      extra(&json)
    }
  }
}

extension LoadPrediction {
  fileprivate func write(beside measured: LoadMeasurement, to json: inout JSONWriter) {
    json.entry("model", model)
    json.entry("replicas", replicas)
    json.object("foreseen") { json in
      json.entry("p50_ms", p50.map { $0 * 1e3 })
      json.entry("p99_ms", p99.map { $0 * 1e3 })
      json.entry("utilization", utilization)
      json.entry("peak_utilization", peakUtilization)
      json.entry("concurrency", concurrency)
    }
    json.object("measured") { json in
      json.entry("p50_ms", measured.p50.map { $0 * 1e3 })
      json.entry("p99_ms", measured.p99.map { $0 * 1e3 })
      json.entry("utilization", measured.utilization)
      json.entry("concurrency", measured.concurrency)
    }
  }
}

/// What a replay says beside its run: how its answers compare with what was recorded.
public struct ReplayFigures: Sendable {
  public var log: String
  public var format: String
  public var speed: Double
  /// Answers with the recorded status, and with another.
  public var asRecorded: (same: Int, other: Int)

  public init(log: String, format: String, speed: Double, asRecorded: (same: Int, other: Int)) {
    self.log = log
    self.format = format
    self.speed = speed
    self.asRecorded = asRecorded
  }

  public func write(to json: inout JSONWriter) {
    json.entry("log", log)
    json.entry("log_format", format)
    json.entry("speed", speed)
    json.entry("status_as_recorded", asRecorded.same)
    json.entry("status_not_as_recorded", asRecorded.other)
  }

  /// For people; empty where the recording holds no status.
  public var terminal: String {
    asRecorded.same + asRecorded.other > 0
      ? "Status as recorded: \(asRecorded.same); another: \(asRecorded.other)\n" : ""
  }
}

extension RequestOutcome {
  /// What became of a request, as one line of JSON without its end.
  /// - Parameters:
  ///   - classes: the class of each request of the test's set, by its place there.
  ///   - warmup: the beginning of the test that no figure counts.
  public func json(classes: [String], warmup: Duration) -> String {
    let isOver = ending != .unfinished
    var json = JSONWriter()
    json.object { json in
      json.entry("scheduled", Double(scheduled) / 1e9)
      json.entry("sent", Double(scheduled &+ latency &- service) / 1e9)
      json.entry("latency_ms", isOver ? Double(latency) / 1e6 : nil)
      json.entry("service_ms", isOver ? Double(service) / 1e6 : nil)
      json.entry("status", status > 0 ? status : nil)
      json.entry("class", classes.indices.contains(request) ? classes[request] : "all")
      let error: String? =
        switch ending {
        case .answered: status >= 500 ? "5xx" : status >= 400 ? "4xx" : nil
        default: ending.name
        }
      json.entry("error", error)
      if firstToken >= 0 {
        json.entry("ttft_ms", Double(firstToken) / 1e6)
        json.entry("tpot_ms", timePerToken >= 0 ? Double(timePerToken) / 1e6 : nil)
        json.entry("input_tokens", inputTokens >= 0 ? Int(inputTokens) : nil)
        json.entry("output_tokens", outputTokens >= 0 ? Int(outputTokens) : nil)
      }
      json.entry("warmup", scheduled < warmup.nanoseconds)
    }
    return json.text
  }
}
