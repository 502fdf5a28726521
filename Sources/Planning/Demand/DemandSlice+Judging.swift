import Quantities
import Traffic

extension DemandSlice {
  static func judge(_ draft: inout PlanDraft) {
    compareForecasts(&draft)
    judgeEvents(&draft)
    judgeHistory(&draft)
  }

  /// Tells what the ensemble changed in the peak against the simple forecast.
  private static func compareForecasts(_ draft: inout PlanDraft) {
    guard let forecast = draft[DemandSlice.self].forecast, let simple = draft[DemandSlice.self].simpleForecast else {
      return
    }
    let change = forecast.baselinePeak.mid.rawValue / simple.baselinePeak.mid.rawValue - 1
    guard abs(change) >= 0.1 else { return }
    let share = NumberFormat.significant(abs(change) * 100, 2)
    let test = forecast.answer?.backtest.map { test in
      let error = NumberFormat.significant(test.peakError * 100, 2)
      return "At \(test.origins) earlier moments its peaks were off by \(error) % on average."
    }
    draft.findings.append(
      Finding(
        .note, "peak-differs-from-simple",
        "The ensemble expects a peak without events \(share) % \(change > 0 ? "above" : "below") that of the simple forecast (level x shape x growth), \(simple.baselinePeak.mid).",
        because: test ?? "Its forecasters were weighed at earlier moments of the history.",
        remedy: "Read 'headroom forecast' on the same traffic for its backtest."))
  }

  private static func judgeEvents(_ draft: inout PlanDraft) {
    let today = draft.today
    for event in draft[DemandSlice.self].events {
      if event.isAssumption {
        draft.assume("The lift of \(event.name) (\(event.lift)) is a typical one from the catalog, not yours.")
      }
      let late = [
        ("deciding", event.dates.decideBy), ("requesting quota", event.dates.askForQuotaBy),
        ("load-testing", event.dates.loadTestBy), ("being in place", event.dates.inPlaceBy),
      ].filter { $0.1 < today && event.start >= today }
      if let first = late.first {
        draft.findings.append(
          Finding(
            .change, "event-late", "\(event.name) on \(event.start.short): the date for \(first.0) has passed.",
            because: "It was \(first.1.long).",
            remedy: "Do it now; what cannot be had in time must be met by shedding load or by reserved capacity."))
      }
    }
  }

  private static func judgeHistory(_ draft: inout PlanDraft) {
    guard let trace = draft.trace, let analysis = draft[DemandSlice.self].analysis else { return }
    for note in trace.report.notes where note.severity == .warning || !note.remedy.isEmpty {
      draft.findings.append(
        Finding(
          note.severity == .warning ? .change : .note, "history", note.what, because: note.because,
          remedy: note.remedy.isEmpty ? "Look at the source." : note.remedy))
    }
    if !analysis.gaps.isEmpty {
      let total = analysis.gaps.reduce(0) { $0 + $1.range.count }
      draft.findings.append(
        Finding(
          .note, "gaps",
          "The history has \(analysis.gaps.count) gap\(analysis.gaps.count == 1 ? "" : "s"), \(NumberFormat.grouped(Double(total))) of \(NumberFormat.grouped(Double(trace.series.count))) steps.",
          because: "They are left out of averages and profiles; nothing is filled in."))
    }
    if let worst = analysis.outliers.max(by: { abs($0.score) < abs($1.score) }) {
      draft.findings.append(
        Finding(
          .note, "outliers",
          "\(analysis.outliers.count) outlier\(analysis.outliers.count == 1 ? "" : "s"); the largest is \(worst.value) on \(moment(worst.time, draft.plan.zone)), where \(worst.expected) was usual.",
          because: "Outliers are kept in the peak of the history and left out of the baseline.",
          remedy: "If it was an event, name it under events so that its lift is measured."))
    }
    for proposal in analysis.eventProposals {
      let lift = proposal.event.lift
      draft.findings.append(
        Finding(
          .note, "event-proposed",
          "Demand recurs by a rule that no event names: \(proposal.event.name), \(lift.mid) (\(lift.low) to \(lift.high)) on \(proposal.hits.count) of \(proposal.occurrences) days\(proposal.next.map { ", next on \($0.long)" } ?? "").",
          because: "The forecast does not count it: what is not named is an outlier.",
          remedy: "Add under events: `\(proposal.planLine)`"))
    }
    if draft.plan.demand.growth == nil, analysis.growth == nil {
      draft.findings.append(
        Finding(
          .change, "growth-unknown", "State the growth: the history is too short to measure it.",
          because: "\(NumberFormat.duration(trace.series.duration)) of history; the plan takes none.",
          remedy: "Add growth: 20%/year under traffic."))
    }
  }

  /// A time on the users' clock, as people write it.
  private static func moment(_ time: Timestamp, _ zone: TimeZoneRules) -> String {
    let (date, second) = zone.local(time)
    let minute = second / 60 % 60
    return "\(date.long) at \(second / 3600):\(minute < 10 ? "0" : "")\(minute)"
  }
}
