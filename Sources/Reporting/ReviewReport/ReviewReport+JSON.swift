import Documents
import Planning
import Quantities
import Traffic

extension ReviewReport {
  /// `"schema": "headroom/review/1"`: see docs/reference/review-json.md.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/review/1")
      json.entry("headline", headline)
      json.entry("source", source)
      json.entry("until", isDated ? review.until : nil)
      json.entry("kept", review.isKept)
      json.entry("demand_over_middle", finite(review.excess))
      json.entry("coverage95", finite(review.coverage))
      write(review.promises, to: &json)
      json.objects("series", review.series) { json, one in write(one, to: &json) }
      json.entry("without_traffic", texts: review.withoutTraffic)
      json.entry("without_forecast", texts: review.withoutForecast)
    }
    return json.text + "\n"
  }

  private func write(_ promises: [PeakPromise], to json: inout JSONWriter) {
    json.objects("promises", promises) { json, one in
      json.entry("level", one.level)
      json.entry("exceeded", one.exceeded.hits)
      json.entry("of", one.exceeded.count)
      json.entry("independent", one.independent)
      json.entry("promised_share", (1000 - (one.level * 1000).rounded()) / 1000)
      json.entry("share_low", one.exceeded.low)
      json.entry("share_high", one.exceeded.high)
      json.entry("verdict", one.verdict.rawValue)
    }
  }

  private func write(_ one: SeriesReview, to json: inout JSONWriter) {
    json.entry("id", one.name)
    json.entry("verdict", one.verdict.rawValue)
    json.entry("signs", texts: one.signs.map(\.rawValue))
    json.entry("sentence", sentence(one))
    write(one.promises, to: &json)
    json.objects("forecasts", one.comparisons) { json, each in
      json.entry("number", Int(each.number))
      json.entry("made", each.made)
      json.entry("start", isDated ? each.start : nil)
      json.entry("end", isDated ? each.end : nil)
      json.entry("step_seconds", seconds: each.step)
      json.entry("steps", each.steps)
      json.entry("come", each.come)
      json.entry("known", each.known)
      json.entry("judged", each.isJudged)
      json.entry("relative_owa", finite(each.score?.relativeOWA))
      json.entry("smape", finite(each.score?.smape))
      json.entry("mase", finite(each.score?.mase))
      json.entry("msis", finite(each.score?.intervalScore))
      json.entry("coverage95", finite(each.score?.coverage))
      json.entry("demand_over_middle", finite(each.excess))
      json.entry("peak", finite(each.truePeak))
      json.object("peak_forecast") { json in
        for (name, value) in zip(ForecastAnswer.peakLevelNames, each.peak) { json.entry(name, value) }
      }
      json.entry("path_peak", finite(each.pathPeak))
      json.entry("peak_lies", each.place?.rawValue)
    }
    json.objects("outlook", one.outlook) { json, change in
      json.entry("number", Int(change.earlier))
      json.entry("made", change.made)
      json.entry("from", isDated ? change.from : nil)
      json.entry("to", isDated ? change.to : nil)
      json.entry("before", change.before)
      json.entry("after", change.after)
      json.entry("change", finite(change.change))
    }
    json.entry("unreadable", one.unreadable)
    json.entry("too_fine", one.tooFine)
  }

  private func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }

  /// A row a kept forecast.
  public func csv() -> String {
    var csv = CSVWriter()
    csv.row(
      [
        "series", "number", "made", "start", "end", "step_seconds", "steps", "come", "known", "judged", "relative_owa",
        "smape", "mase", "msis", "coverage95", "demand_over_middle", "peak",
      ] + ForecastAnswer.peakLevelNames.map { "peak_\($0)" } + ["peak_lies"])
    for one in review.series {
      for each in one.comparisons {
        csv.string(one.name)
        csv.integer(Int(each.number))
        csv.string(each.made.iso8601)
        csv.string(isDated ? each.start.iso8601 : "")
        csv.string(isDated ? each.end.iso8601 : "")
        csv.number(each.step.seconds)
        csv.integer(each.steps)
        csv.integer(each.come)
        csv.integer(each.known)
        csv.string(each.isJudged ? "true" : "false")
        for value in [
          each.score?.relativeOWA, each.score?.smape, each.score?.mase, each.score?.intervalScore, each.score?.coverage,
          each.excess, each.truePeak,
        ] { csv.number(value ?? .nan) }
        for value in each.peak { csv.number(value) }
        csv.string(each.place?.rawValue ?? "")
        csv.endRow()
      }
    }
    return csv.text
  }
}
