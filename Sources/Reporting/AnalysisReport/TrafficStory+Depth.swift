import Quantities
import Terminal
import Traffic

extension TrafficStory {
  /// How alike days are, and how their size changes; empty where unknown.
  var similarity: String {
    guard let days = analysis.daySimilarity else { return "" }
    var parts: [String] = []
    if let before = days.toDayBefore {
      parts.append("a day resembles the day before with a correlation of \(NumberFormat.significant(before, 2))")
    }
    if let week = days.toWeekBefore {
      parts.append("the same day a week before with \(NumberFormat.significant(week, 2))")
    }
    if let range = days.sizeRange, range >= 1.05, let most = days.weekdays.max(by: { $0.peak < $1.peak }),
      let least = days.weekdays.min(by: { $0.peak < $1.peak })
    {
      parts.append(
        "the peak of a \(most.day.name) is \(NumberFormat.significant(range, 2)) times that of a \(least.day.name)")
    }
    return parts.isEmpty ? "" : Wording.sentence(Wording.list(parts)) + "."
  }

  /// Bursts by width in a sentence; empty where unknown.
  var bursts: String {
    let scales = analysis.burstScales
    guard scales.count > 1, let first = scales.first, let last = scales.last else { return "" }
    func times(_ scale: BurstScale) -> String { NumberFormat.significant(scale.peakToAverage.rawValue, 2) }
    var text =
      "The highest \(NumberFormat.duration(first.width)) is \(times(first)) times the average, the highest \(NumberFormat.duration(last.width)) \(times(last)) times."
    if let a = first.indexOfDispersion, let b = last.indexOfDispersion, a > 0, b.isFinite {
      let growth = b / a
      text +=
        growth >= 3
        ? " Deviations last: the index of dispersion grows \(NumberFormat.significant(growth, 2)) times from the shortest width to the longest."
        : " Deviations are short: the index of dispersion hardly grows with the width."
    }
    return text
  }

  var burstTable: Report.Table {
    Report.Table(
      [.text("averaged over"), .number("highest over average"), .number("index of dispersion")],
      analysis.burstScales.map { scale in
        [
          Report.Cell(NumberFormat.duration(scale.width)),
          Report.Cell("\(NumberFormat.significant(scale.peakToAverage.rawValue, 3))x"),
          Report.Cell(scale.indexOfDispersion.map { NumberFormat.significant($0, 3) } ?? "-"),
        ]
      })
  }

  /// Level changes in a sentence; empty where there are none.
  var shiftSentence: String {
    let shifts = analysis.levelShifts
    guard let largest = shifts.max(by: { size($0) < size($1) }) else { return "" }
    let date = largest.date.long
    let what =
      size(largest) >= 0.05
      ? "from \(largest.before) to \(largest.after)" : "in its growth"
    return shifts.count == 1
      ? "The level changed for good on \(date), \(what)."
      : "The level changed for good \(shifts.count) times, most on \(date), \(what)."
  }

  private func size(_ shift: LevelShift) -> Double {
    let factor = shift.factor.rawValue
    return factor > 0 ? max(factor, 1 / factor) - 1 : .infinity
  }

  var shifts: Report.Table {
    func growth(_ value: Fraction?) -> Report.Cell { Report.Cell(value.map { Wording.change($0.rawValue) } ?? "-") }
    return Report.Table(
      [
        .text("from"), .number("level before"), .number("after"), .number("change"), .number("growth a year before"),
        .number("after"),
      ],
      analysis.levelShifts.map { shift in
        [
          Report.Cell(shift.date.long), Report.Cell("\(shift.before)"), Report.Cell("\(shift.after)"),
          Report.Cell(Wording.change(shift.factor.rawValue - 1)), growth(shift.growthBefore), growth(shift.growthAfter),
        ]
      })
  }

  /// Each weekday's peak with its range.
  var dayPeaks: Report.Part? {
    guard let days = analysis.daySimilarity, days.weekdays.count == 7, !similarity.isEmpty else { return nil }
    let base = analysis.average?.perSecond ?? 1
    return Report.Part(
      "The size of a day", id: "day-peaks", similarity,
      ProfileChart(
        title: "Peak by day of the week", description: similarity,
        bars: days.weekdays.map {
          .init(
            label: String($0.day.name.prefix(3)), usual: $0.peak * base, low: $0.low * base, high: $0.high * base)
        }, unit: .requestsPerSecond), caption: "Bars: the middle day's peak. Lines: 10 % to 90 % of days.")
  }
}
