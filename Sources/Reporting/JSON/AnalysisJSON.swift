import Documents
import Quantities
import Traffic

/// An analysis of traffic as JSON.
enum AnalysisJSON {
  static func write(_ analysis: TrafficAnalysis, of trace: Trace, to json: inout JSONWriter) {
    json.entry("source", trace.source)
    json.entry("start", analysis.start)
    json.entry("end", analysis.end)
    json.entry("step_seconds", seconds: analysis.step)
    json.entry("time_zone", analysis.zone.name)
    json.entry("steps", analysis.known + analysis.gapCount)
    json.entry("missing_steps", analysis.gapCount)
    json.entry("average", analysis.average)
    json.object("peak", analysis.peak, write)
    json.object("ordinary_peak", analysis.ordinaryPeak, write)
    json.object("peak_to_average") { json in
      json.entry("step", analysis.peakToAverage.atStep)
      json.entry("hour", analysis.peakToAverage.atHour)
      json.entry("day", analysis.peakToAverage.atDay)
    }
    json.object("percentiles", analysis.percentiles) { json, p in
      json.entry("p50", p.p50)
      json.entry("p95", p.p95)
      json.entry("p99", p.p99)
      json.entry("p999", p.p999)
    }
    writeCycles(analysis, to: &json)
    json.object("growth", analysis.growth) { json, trend in
      json.entry("per_year", trend.perYear)
      json.entry("weeks", trend.weeks)
    }
    json.entry("growth_unknown_because", analysis.growthUnknownBecause)
    writeSurprises(analysis, of: trace, to: &json)
  }

  private static func write(_ json: inout JSONWriter, _ peak: PeakRate) {
    json.entry("value", peak.value)
    json.entry("time", peak.time)
  }

  private static func writeCycles(_ analysis: TrafficAnalysis, to json: inout JSONWriter) {
    json.entry("daily_correlation", analysis.dailyCorrelation)
    json.entry("weekly_correlation", analysis.weeklyCorrelation)
    json.object("daily_profile", analysis.dailyProfile) { json, daily in
      json.entry("multiples", values: daily.multiples)
      json.entry("low", values: daily.low)
      json.entry("high", values: daily.high)
      json.entry("busiest_hour", daily.busiestHour)
      json.entry("quietest_hour", daily.quietestHour)
    }
    json.object("weekly_profile", analysis.weeklyProfile) { json, weekly in
      json.entry("by_weekday", values: weekly.byWeekday)
      json.entry("hour_of_week", values: weekly.hourOfWeek)
      json.entry("weekday_to_weekend", weekly.weekdayToWeekend)
      json.entry("shape", weekly.shape.rawValue)
      json.entry("because", weekly.because)
    }
    json.object("burstiness", analysis.burstiness) { json, burstiness in
      json.entry("index_of_dispersion", burstiness.indexOfDispersion)
      json.entry("typical_deviation", burstiness.typicalDeviation)
      json.entry("peak_to_mean_within_hour_p50", burstiness.peakToMeanWithinHour?.median)
      json.entry("peak_to_mean_within_hour_p99", burstiness.peakToMeanWithinHour?.p99)
    }
    json.objects("burst_scales", analysis.burstScales) { json, scale in
      json.entry("width_seconds", seconds: scale.width)
      json.entry("peak_to_average", scale.peakToAverage)
      json.entry("index_of_dispersion", scale.indexOfDispersion)
    }
    json.object("day_similarity", analysis.daySimilarity) { json, days in
      json.entry("to_day_before", days.toDayBefore)
      json.entry("to_week_before", days.toWeekBefore)
      json.entry("size_range", days.sizeRange)
      json.objects("weekdays", days.weekdays) { json, day in
        json.entry("day", day.day.name)
        json.entry("days", day.days)
        json.entry("peak_over_average", day.peak)
        json.entry("low", day.low)
        json.entry("high", day.high)
        json.entry("likeness", day.likeness)
      }
    }
    json.objects("ramps", analysis.steepestRamps) { json, ramp in
      json.entry("window_seconds", seconds: ramp.window)
      json.entry("time", ramp.time)
      json.entry("from", ramp.from)
      json.entry("to", ramp.to)
      json.entry("share_of_peak", ramp.shareOfPeak)
    }
  }

  private static func writeSurprises(_ analysis: TrafficAnalysis, of trace: Trace, to json: inout JSONWriter) {
    json.objects("event_lifts", analysis.eventLifts) { json, lift in
      json.entry("name", lift.name)
      json.entry("occurrences", lift.occurrences)
      json.entry("peak", lift.peak)
      json.entry("mean", lift.mean)
      json.entry("last", lift.last)
    }
    ProposedEvents(proposals: analysis.eventProposals).write(to: &json)
    json.objects("level_shifts", analysis.levelShifts) { json, shift in
      json.entry("date", shift.date)
      json.entry("before", shift.before)
      json.entry("after", shift.after)
      json.entry("factor", shift.factor)
      json.entry("growth_before", shift.growthBefore)
      json.entry("growth_after", shift.growthAfter)
    }
    if let top = analysis.flatTop {
      json.object("flat_top") { json in
        json.entry("rate", top.rate)
        json.entry("steps", top.steps)
        json.entry("days", top.days)
        json.entry("unmet_peak", top.unmet)
      }
    }
    json.objects("outliers", analysis.outliers) { json, outlier in
      json.entry("time", outlier.time)
      json.entry("value", outlier.value)
      json.entry("expected", outlier.expected)
      json.entry("score", outlier.score)
    }
    json.objects("gaps", analysis.gaps) { json, gap in
      json.entry("start", gap.start)
      json.entry("seconds", seconds: gap.length)
    }
    let reading = trace.report.reading
    json.object("reading") { json in
      json.entry("line", reading.isEmpty ? "" : reading.line)
      json.entry("format", reading.format)
      json.entry("time", reading.time)
      json.entry("times_as", reading.timeForm)
      json.entry("value", reading.value)
      json.entry("meaning", reading.meaning)
      json.entry("numbers", reading.numbers)
      json.entry("unit", reading.unit)
      json.entry("calendar_step", reading.calendar)
      json.entry("rows", reading.rows)
      json.entry("skipped", reading.skipped)
    }
    json.entry("resampling", trace.report.resampling)
    json.objects("notes", trace.report.notes) { json, note in
      json.entry("severity", note.severity.rawValue)
      json.entry("what", note.what)
      json.entry("because", note.because)
      json.entry("remedy", note.remedy)
    }
  }
}
