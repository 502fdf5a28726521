import Documents
import Quantities

/// A run as llm-d's Benchmark Report has it (llm-d-benchmark, `benchmark-report/llmd_benchmark_report/schema_v0_2.py`, which
/// forbids every key that it does not know), for whoever compares tools: times in milliseconds, TPOT and ITL in milliseconds
/// a token. A sweep is several reports, one a level, with one experiment's number.
public struct BenchmarkReport: Sendable {
  public var record: LoadRecord
  /// Which level of a sweep it is, from 0, and what names the whole sweep.
  public var stage = 0
  public var experiment: String?
  public var workload: LanguageWorkload
  /// The program's version, and the command that made it.
  public var version: String
  public var arguments: [String]
  /// Requests, or sessions, a second that were asked for; or the requests at a time.
  public var rate: Double?
  public var concurrency: Int?

  public init(
    _ record: LoadRecord, of workload: LanguageWorkload, version: String, arguments: [String] = [], rate: Double? = nil,
    concurrency: Int? = nil
  ) {
    self.record = record
    self.workload = workload
    self.version = version
    self.arguments = arguments
    self.rate = rate
    self.concurrency = concurrency
  }

  private static let quantiles: [(String, Double)] = [
    ("p0p1", 0.001), ("p1", 0.01), ("p5", 0.05), ("p10", 0.1), ("p25", 0.25), ("p50", 0.5), ("p75", 0.75),
    ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99p9", 0.999),
  ]

  public func json() -> String {
    let result = record.result
    let good = result.outcomes.filter(\.isGood)
    let input = good.filter { $0.inputTokens >= 0 }.map { Double($0.inputTokens) }
    let output = good.filter { $0.outputTokens >= 0 }.map { Double($0.outputTokens) }
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.key("version")
      json.string("0.2")
      json.key("run")
      json.object { json in
        json.key("uid")
        json.string(uid)
        if let experiment {
          json.key("eid")
          json.string(experiment)
        }
        json.key("time")
        json.object { json in
          if let started = record.started {
            json.key("start")
            json.string(started.iso8601)
            json.key("end")
            json.string((started + result.window).iso8601)
          }
          json.key("duration")
          json.string("PT\(NumberFormat.fixed(result.window.seconds, decimals: 3))S")
        }
      }
      json.key("scenario")
      json.object { json in
        json.key("load")
        json.object { json in load(&json, input) }
      }
      json.key("results")
      json.object { json in
        json.key("request_performance")
        json.object { json in
          json.key("aggregate")
          json.object { json in aggregate(&json, input, output, good) }
        }
      }
    }
    return json.text
  }

  /// What names this report: when it began, what was asked, and which level it is.
  private var uid: String {
    let began = record.started.map { "\(LoadRecord.written($0))-" } ?? ""
    return "headroom-\(began)\(record.schedule ?? "closed")-\(record.seed)-\(stage)"
  }

  /// Lengths, as they were asked for where that was a distribution.
  private func lengths(
    _ key: String, _ asked: LengthDistribution?, mean: Double, _ json: inout JSONWriter
  ) {
    json.key(key)
    json.object { json in
      var kind = "other"
      var value = mean
      switch asked?.shape {
      case .fixed: (kind, value) = ("fixed", asked?.middle ?? mean)
      case .normal: (kind, value) = ("gaussian", asked?.middle ?? mean)
      case .uniform: kind = "uniform"
      case .lognormal, .exponential, nil: break
      }
      json.key("distribution")
      json.string(kind)
      json.key("value")
      json.number(value)
      switch asked?.shape {
      case .normal(let deviation):
        json.key("std_dev")
        json.number(deviation)
      case .uniform(let low, let high):
        json.key("min")
        json.integer(Int(low))
        json.key("max")
        json.integer(max(1, Int(high)))
      default: break
      }
    }
  }

  private func load(_ json: inout JSONWriter, _ input: [Double]) {
    json.key("metadata")
    json.object { json in
      json.key("schema_version")
      json.string("0.0.1")
    }
    json.key("standardized")
    json.object { json in
      json.key("tool")
      json.string("headroom")
      json.key("tool_version")
      json.string(version)
      var drawn: LanguageWorkload.Lengths?
      if case .drawn(let lengths) = workload.source { drawn = lengths }
      json.key("source")
      json.string(drawn == nil ? "sampled" : "random")
      json.key("stage")
      json.integer(stage)
      // With turns behind turns a question is what the service says that it was, not what was added to it.
      lengths(
        "input_seq_len", workload.isMultiTurn || (drawn?.sharedPrefix ?? 0) > 0 ? nil : drawn?.input,
        mean: Statistics.mean(input) ?? drawn?.input.middle ?? 0, &json)
      if workload.settings.ignoresEnd, let output = drawn?.output {
        lengths("output_seq_len", output, mean: output.middle, &json)
      }
      if workload.isMultiTurn {
        json.key("multi_turn")
        json.object { json in
          json.key("enabled")
          json.bool(true)
          if let turns = drawn?.turns { lengths("max_turns", turns, mean: turns.middle, &json) }
        }
      }
      if let rate {
        json.key("rate_qps")
        json.number(rate)
      }
      if let concurrency {
        json.key("concurrency")
        json.integer(concurrency)
      }
    }
    json.key("native")
    json.object { json in
      json.key("args")
      json.object { json in
        json.key("command")
        json.string(arguments.joined(separator: " "))
        json.key("model")
        json.string(workload.settings.model)
      }
    }
  }

  private func aggregate(_ json: inout JSONWriter, _ input: [Double], _ output: [Double], _ good: [RequestOutcome]) {
    let result = record.result
    json.key("requests")
    json.object { json in
      json.key("total")
      json.integer(result.offered)
      json.key("failures")
      json.integer(result.errors.total + result.dropped)
      json.key("incomplete")
      json.integer(result.errors.incomplete + result.errors.unfinishedStream + result.unfinished)
      statistics("input_length", input, "count", &json)
      statistics("output_length", output, "count", &json)
    }
    json.key("latency")
    json.object { json in
      if let streams = result.streams {
        statistics("time_to_first_token", streams.timeToFirstToken, "ms", &json)
        let each = good.filter { $0.outputTokens > 0 }.map { Double($0.latency) / 1e6 / Double($0.outputTokens) }
        statistics("normalized_time_per_output_token", each, "ms/token", &json)
        statistics("time_per_output_token", streams.timePerOutputToken, "ms/token", &json)
        statistics("inter_token_latency", streams.interTokenLatency, "ms/token", &json)
      }
      statistics("request_latency", result.latency, "ms", &json)
    }
    json.key("throughput")
    json.object { json in
      let seconds = max(1e-9, result.window.seconds)
      func rate(_ key: String, _ value: Double, _ unit: String) {
        json.key(key)
        json.object { json in
          json.key("units")
          json.string(unit)
          json.key("mean")
          json.number(value)
        }
      }
      let out = result.streams?.tokensPerSecond ?? 0
      let into = input.reduce(0, +) / seconds
      rate("input_token_rate", into, "tokens/s")
      rate("output_token_rate", out, "tokens/s")
      rate("total_token_rate", into + out, "tokens/s")
      rate("request_rate", result.achievedRate.perSecond, "queries/s")
    }
  }

  private func statistics(_ key: String, _ values: [Double], _ units: String, _ json: inout JSONWriter) {
    guard let mean = Statistics.mean(values), let least = values.min(), let most = values.max() else { return }
    json.key(key)
    json.object { json in
      json.key("units")
      json.string(units)
      json.key("mean")
      json.number(mean)
      if let deviation = Statistics.deviation(values) {
        json.key("stddev")
        json.number(deviation)
      }
      json.key("min")
      json.number(least)
      for (name, p) in Self.quantiles {
        json.key(name)
        json.number(Statistics.quantile(values, p) ?? mean)
      }
      json.key("max")
      json.number(most)
    }
  }

  private func statistics(_ key: String, _ spectrum: LatencySpectrum, _ units: String, _ json: inout JSONWriter) {
    guard let mean = spectrum.mean else { return }
    json.key(key)
    json.object { json in
      json.key("units")
      json.string(units)
      json.key("mean")
      json.number(mean * 1e3)
      json.key("min")
      json.number((spectrum.minimum ?? mean) * 1e3)
      for (name, p) in Self.quantiles {
        json.key(name)
        json.number((spectrum.quantile(p) ?? mean) * 1e3)
      }
      json.key("max")
      json.number((spectrum.maximum ?? mean) * 1e3)
    }
  }
}
