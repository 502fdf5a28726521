import Documents
import Quantities
import Traffic

extension ForecastReport {
  /// `"schema": "headroom/forecast/1"`.
  public func json() -> String {
    let (head, tail) = jsonFrame()
    var bytes = head
    for (i, study) in studies.enumerated() {
      if i > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes += Self.json(of: study, isDated: isDated)
    }
    return String(decoding: bytes + tail, as: UTF8.self)
  }

  /// The document before and behind its series, between which a comma stands.
  public func jsonFrame() -> (head: [UInt8], tail: [UInt8]) {
    var json = JSONWriter(pretty: true)
    var head: [UInt8] = []
    json.object { json in
      json.entry("schema", "headroom/forecast/1")
      json.entry("headline", headline)
      json.entry("source", source)
      json.key("series")
      json.array { json in
        head = json.takeBytes()
        // A stand-in, so that the array closes as one that holds something.
        json.null()
        _ = json.takeBytes()
      }
    }
    return (head, json.takeBytes() + [0x0A])
  }

  /// A series as it stands in the document.
  public static func json(of study: ForecastStudy, isDated: Bool) -> [UInt8] {
    var json = JSONWriter(pretty: true)
    var bytes: [UInt8] = []
    json.object { json in
      json.key("series")
      json.array { json in
        _ = json.takeBytes()
        json.object { json in write(study, isDated: isDated, to: &json) }
        bytes = json.takeBytes()
      }
    }
    return bytes
  }

  private static func write(_ study: ForecastStudy, isDated: Bool, to json: inout JSONWriter) {
    json.entry("id", study.name)
    json.entry("level", study.level)
    json.entry("reading", study.reading)
    json.entry("start", isDated ? study.start : nil)
    json.entry("step_seconds", seconds: study.history.step)
    json.entry("horizon", study.steps)
    json.entry("history_steps", study.history.count)
    json.entry("missing_steps", study.history.gapCount)
    json.entry("mean", values: study.answer.mean)
    for (name, path) in zip(ForecastAnswer.levelNames, study.answer.quantiles) { json.entry(name, values: path) }
    json.object("peak") { json in
      for (name, value) in zip(ForecastAnswer.peakLevelNames, study.answer.peak) { json.entry(name, value) }
    }
    for (name, spans) in [("days", study.days), ("weeks", study.weeks)] {
      json.objects(name, spans) { json, span in
        json.entry("start", span.start)
        json.entry("end", span.end)
        json.entry("p50", span.p50)
        json.entry("p90", span.p90)
        json.entry("p99", span.p99)
      }
    }
    json.entry("growth_per_year", study.growth)
    json.objects("seasons", study.seasons) { json, season in
      json.entry("name", season.name)
      json.entry("steps", season.steps)
      json.entry("strength", season.strength)
    }
    json.objects("level_shifts", study.shifts) { json, shift in
      json.entry("date", isDated ? shift.date : nil)
      json.entry("before", shift.before)
      json.entry("after", shift.after)
      json.entry("growth_before", shift.growthBefore)
      json.entry("growth_after", shift.growthAfter)
    }
    ProposedEvents(proposals: study.proposals).write(to: &json)
    json.object("peak_with_proposed_events", study.peakWithProposals) { json, peak in
      for (name, value) in zip(ForecastAnswer.peakLevelNames, peak) { json.entry(name, value) }
    }
    json.objects("members", study.answer.weights) { json, member in
      json.entry("name", member.name)
      json.entry("weight", member.weight)
    }
    json.object("runway", study.runway) { json, runway in
      json.entry("capacity", runway.capacity)
      json.entry("p50", runway.p50)
      json.entry("p90", runway.p90)
      json.entry("p99", runway.p99)
      json.entry("earliest", runway.earliest)
      json.entry("latest", runway.latest)
      json.entry("probability", runway.probability)
      json.entry("until", runway.until)
      json.objects("movers", runway.movers) { json, mover in
        json.entry("change", mover.change)
        json.entry("p50", mover.p50)
      }
    }
    json.object("backtest", study.backtest) { json, backtest in
      json.entry("origins", backtest.origins.count)
      json.entry("horizon", backtest.horizon)
      json.entry("season", backtest.season)
      write(backtest.total, to: &json)
      json.entry("peak_error", finite(backtest.peakError))
      json.entry("path_peak_error", finite(backtest.pathPeakError))
      json.entry("naive_peak_error", finite(backtest.naivePeakError))
      json.entry("peak_q95_coverage", finite(backtest.peakCoverage))
      json.entry("peak_q95_excess", finite(backtest.peakExcess))
      json.objects("leads", backtest.blocks) { json, block in
        json.entry("from", block.from + 1)
        json.entry("to", block.to)
        write(block.score, to: &json)
      }
    }
    json.entry("findings", texts: study.findings)
    if study.request.paths > 0 {
      json.key("paths")
      json.array { json in for path in study.paths { json.numbers(path) } }
    }
    json.objects("changed", study.changes) { json, change in
      json.entry("time", isDated ? change.time : nil)
      json.entry("from", change.from)
      json.entry("to", change.to)
    }
  }

  private static func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }

  private static func write(_ score: ForecastScore, to json: inout JSONWriter) {
    json.entry("relative_owa", finite(score.relativeOWA))
    json.entry("smape", score.smape)
    json.entry("mase", score.mase)
    json.entry("naive_smape", score.naiveSmape)
    json.entry("naive_mase", score.naiveMase)
    json.entry("coverage95", score.coverage)
    json.entry("msis", score.intervalScore)
  }

  /// A row a step: `unique_id`, `step`, `mean`, the quantiles, the peak's quantiles repeated on each, and the sampled
  /// futures that were asked for as `path_1` and so on.
  public func csv() -> String {
    var bytes = Self.csvHead(paths: studies.map(\.request.paths).max() ?? 0)
    for study in studies { bytes += Self.csv(of: study) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The names of the columns, with so many sampled futures.
  public static func csvHead(paths count: Int) -> [UInt8] {
    var csv = CSVWriter()
    for name in ["unique_id", "step", "mean"] + ForecastAnswer.levelNames { csv.string(name) }
    for name in ForecastAnswer.peakLevelNames { csv.string("peak_\(name)") }
    for i in 0..<max(0, count) { csv.string("path_\(i + 1)") }
    csv.endRow()
    return csv.bytes
  }

  /// A series' rows.
  public static func csv(of study: ForecastStudy) -> [UInt8] {
    var csv = CSVWriter()
    let paths = study.paths
    for t in 0..<study.steps {
      csv.string(study.name)
      csv.integer(t + 1)
      csv.number(study.answer.mean[t])
      for path in study.answer.quantiles { csv.number(path[t]) }
      for value in study.answer.peak { csv.number(value) }
      for path in paths { csv.number(path[t]) }
      csv.endRow()
    }
    return csv.bytes
  }
}
