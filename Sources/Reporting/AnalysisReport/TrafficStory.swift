import Quantities
import Traffic

/// What a history of traffic looks like, in sentences, tables and charts. Every sentence is made from the numbers.
struct TrafficStory {
  let analysis: TrafficAnalysis
  let trace: Trace

  var zone: TimeZoneRules { analysis.zone }
  var zoneNote: String { "Hours in \(zone.name)." }

  /// Size and rhythm in a sentence or two.
  var summary: String {
    guard let average = analysis.average, let peak = analysis.peak else {
      return "The history holds no values, only gaps."
    }
    var text =
      "\(NumberFormat.duration(analysis.end - analysis.start)) of history average \(average)"
    if let ratio = analysis.peakToAverage.atStep {
      text +=
        " and peak at \(peak.value) on \(Wording.day(zone.local(peak.time).date, now: zone.local(analysis.end).date)), \(NumberFormat.significant(ratio.rawValue, 2)) times the average"
    }
    text += ". " + rhythm
    return text
  }

  /// How much history there is.
  var size: String {
    let total = analysis.known + analysis.gapCount
    return
      "\(Wording.count(total, "step")) of \(NumberFormat.duration(analysis.step)), "
      + (analysis.gapCount > 0
        ? "\(NumberFormat.grouped(Double(analysis.gapCount))) of them without a value." : "every one with a value.")
  }

  /// The daily and the weekly cycle in a sentence.
  var rhythm: String {
    var parts: [String] = []
    if let daily = analysis.dailyProfile, analysis.hasDailyCycle {
      let range =
        daily.range.isFinite
        ? "\(NumberFormat.significant(daily.range, 2)) times the quietest" : "the quietest hour is still"
      parts.append(
        "The day is busiest at \(Wording.hour(daily.busiestHour)), \(range) (\(Wording.hour(daily.quietestHour)))")
    } else {
      parts.append("There is no clear daily cycle")
    }
    if let weekly = analysis.weeklyProfile {
      let ratio = weekly.weekdayToWeekend
      if ratio.isFinite, abs(ratio - 1) >= 0.03 {
        parts.append(
          ratio > 1
            ? "weekend days run \(Wording.percent(1 - 1 / ratio)) lower than weekdays"
            : "weekend days run \(Wording.percent(1 / ratio - 1)) higher than weekdays")
      } else if ratio.isFinite {
        parts.append("weekends are like weekdays")
      }
    }
    return parts.joined(separator: "; ") + "."
  }

  var growth: String {
    guard let trend = analysis.growth else {
      return "Growth is not known: \(analysis.growthUnknownBecause ?? "the history is too short")."
    }
    let year = trend.perYear
    let (low, high) = (year.low.rawValue, year.high.rawValue)
    let range = "\(Wording.change(low)) to \(Wording.change(high))"
    if low <= 0, high >= 0 {
      return
        "Growth cannot be told from none: \(Wording.change(year.mid.rawValue)) a year, with \(range) possible (80 % interval, \(trend.weeks) weeks)."
    }
    return
      "The level \(year.mid.rawValue > 0 ? "grows" : "shrinks") by \(Wording.percent(abs(year.mid.rawValue))) a year (80 % interval \(range), \(trend.weeks) weeks)."
  }

  /// The key figures.
  var figures: Report.Table {
    func factor(_ value: Factor?) -> String { value.map { "\(NumberFormat.significant($0.rawValue, 3))x" } ?? "-" }
    let ratio = analysis.peakToAverage
    var rows: [[Report.Cell]] = [
      ["average", Report.Cell(analysis.average.map { "\($0)" } ?? "-", number: "average")],
      ["highest step", Report.Cell(peakText(analysis.peak), number: "history-peak")],
      ["highest step outside events and outliers", Report.Cell(peakText(analysis.ordinaryPeak))],
      [
        Report.Cell("peak over average: step, hour, day"),
        Report.Cell([ratio.atStep, ratio.atHour, ratio.atDay].map(factor).joined(separator: ", ")),
      ],
    ]
    if let p = analysis.percentiles {
      rows.append([
        "half, 95 %, 99 %, 99.9 % of steps lie below",
        Report.Cell([p.p50, p.p95, p.p99, p.p999].map { "\($0)" }.joined(separator: ", ")),
      ])
    }
    if let burstiness = analysis.burstiness {
      rows.append([
        "most steps lie within",
        Report.Cell(
          "\(NumberFormat.significant((burstiness.typicalDeviation.rawValue - 1) * 100, 2)) % of the usual for their hour"
        ),
      ])
      if let within = burstiness.peakToMeanWithinHour {
        rows.append([
          "highest step of an hour over its mean: median, 99 %",
          Report.Cell("\(factor(within.median)), \(factor(within.p99))"),
        ])
      }
    }
    for ramp in analysis.steepestRamps {
      rows.append([
        Report.Cell("steepest rise in \(NumberFormat.duration(ramp.window))"),
        Report.Cell("\(ramp.from) to \(ramp.to), \(Wording.moment(ramp.time, zone: zone))"),
      ])
    }
    return Report.Table([.text("figure"), .number("value")], rows)
  }

  private func peakText(_ peak: PeakRate?) -> String {
    peak.map { "\($0.value), \(Wording.moment($0.time, zone: zone))" } ?? "-"
  }

  /// The cycles side by side, where the history shows them.
  var profiles: [Report.Block] {
    let base = analysis.average?.perSecond ?? 1
    var parts: [Report.Part] = []
    if let daily = analysis.dailyProfile {
      let bars = (0..<24).map { hour in
        ProfileChart.Bar(
          label: hour < 10 ? "0\(hour)" : "\(hour)", usual: daily.multiples[hour] * base, low: daily.low[hour] * base,
          high: daily.high[hour] * base)
      }
      let busiest = daily.multiples[daily.busiestHour]
      let sentence =
        "Busiest at \(Wording.hour(daily.busiestHour)) with \(NumberFormat.significant(busiest, 2)) times the average, quietest at \(Wording.hour(daily.quietestHour)) with \(NumberFormat.significant(daily.multiples[daily.quietestHour], 2)) times."
      parts.append(
        Report.Part(
          "The day", id: "daily-profile", sentence,
          ProfileChart(
            title: "Demand by hour of the day", description: sentence, bars: bars, unit: .requestsPerSecond,
            labelEvery: 3),
          caption: "Bars: median over days. Lines: 10 % to 90 % of days. \(zoneNote)"))
    }
    if let weekly = analysis.weeklyProfile {
      let bars = Weekday.allCases.map { day in
        ProfileChart.Bar(label: String(day.name.prefix(3)), usual: weekly.byWeekday[day.rawValue] * base)
      }
      let sentence =
        "Busiest on \(weekly.busiestDay.name), quietest on \(weekly.quietestDay.name); \(weekly.because). Shape: \(weekly.shape.title)."
      parts.append(
        Report.Part(
          "The week", id: "weekly-profile", sentence,
          ProfileChart(title: "Demand by day of the week", description: sentence, bars: bars, unit: .requestsPerSecond),
          caption: "Mean of each day."))
    }
    let size = dayPeaks.map { [Report.Block.part($0)] } ?? []
    switch parts.count {
    case 2: return [.pair(parts[0], parts[1])] + size
    case 1: return [.part(parts[0])] + size
    default: return size
    }
  }

  /// What known events did, what was odd, what is missing, what the reader repaired.
  var surprises: [Report.Block] {
    var blocks: [Report.Block] = []
    if !analysis.eventLifts.isEmpty {
      blocks.append(.text("Known events in the history, measured against the days around them:"))
      let rows = analysis.eventLifts.map { lift -> [Report.Cell] in
        [
          Report.Cell(lift.name), Report.Cell("\(lift.occurrences)"), Report.Cell("\(lift.peak)"),
          Report.Cell("\(lift.mean)"),
          Report.Cell(zone.local(lift.last).date.long),
        ]
      }
      blocks.append(
        .table(
          Report.Table(
            [.text("event"), .number("times"), .number("lift of the peak"), .number("of the mean"), .text("last")], rows
          )))
    }
    blocks += ProposedEvents(proposals: analysis.eventProposals).blocks
    if !flatTopSentence.isEmpty { blocks.append(.text(flatTopSentence)) }
    blocks.append(.text(outlierSentence))
    if !analysis.outliers.isEmpty {
      let worst = analysis.outliers.sorted { abs($0.score) > abs($1.score) }.prefix(5)
      let rows = worst.map { outlier -> [Report.Cell] in
        [
          Report.Cell(Wording.moment(outlier.time, zone: zone)), Report.Cell("\(outlier.value)"),
          Report.Cell("\(outlier.expected)"),
          Report.Cell(NumberFormat.significant(abs(outlier.score), 2) + (outlier.score < 0 ? " below" : " above")),
        ]
      }
      blocks.append(
        .table(
          Report.Table([.text("when"), .number("was"), .number("usual"), .number("robust deviations")], rows)))
    }
    blocks.append(.text(gapSentence))
    let longest = analysis.gaps.sorted { $0.length > $1.length }.prefix(5)
    if !longest.isEmpty {
      blocks.append(
        .table(
          Report.Table(
            [.text("gap from"), .number("length")],
            longest.map {
              [Report.Cell(Wording.moment($0.start, zone: zone)), Report.Cell(NumberFormat.duration($0.length))]
            })))
    }
    if !trace.report.notes.isEmpty {
      blocks.append(.text(Wording.sentences(["What was noticed while reading", trace.report.resampling])))
      blocks.append(.list(trace.report.notes.map { Wording.sentences([$0.what, $0.because, $0.remedy]) }))
    }
    return blocks
  }

  /// Whether something cuts demand off; empty where nothing does.
  var flatTopSentence: String {
    guard let top = analysis.flatTop else { return "" }
    let known =
      top.unmet.map {
        "By what was not cut off the highest step would have been \($0); forecast and plan are for that."
      }
      ?? "How much was turned away is not in the data: count rejected requests too, or name it by an event or growth."
    return
      "Demand stands flat at \(top.rate) in \(Wording.count(top.steps, "step")) on \(Wording.count(top.days, "day")): a limit or a full fleet cuts it off. \(known)"
  }

  var outlierSentence: String {
    guard let worst = analysis.outliers.max(by: { abs($0.score) < abs($1.score) }) else {
      return "No step lies far from what its hour of the week makes likely."
    }
    let n = analysis.outliers.count
    return
      "\(Wording.count(n, "step")) \(n == 1 ? "lies" : "lie") far from the usual; the furthest is \(worst.value) on \(Wording.moment(worst.time, zone: zone)), where \(worst.expected) was usual. Outliers count in the highest step and are left out of profiles and growth."
  }

  var gapSentence: String {
    let total = analysis.known + analysis.gapCount
    guard analysis.gapCount > 0, total > 0 else { return "There are no gaps." }
    return
      "\(Wording.count(analysis.gaps.count, "gap")) with \(Wording.count(analysis.gapCount, "step")) in all, \(Wording.percent(Double(analysis.gapCount) / Double(total))) of the history. Gaps stay gaps: nothing is filled in."
  }
}
